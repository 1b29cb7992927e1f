package org.mtl4j.report;

import java.util.Locale;

/** Names of things as people read them. */
final class Words {
    private Words() {}

    /** The name of a constant in small letters with spaces, as in "task stopped". */
    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** A name as part of that of a file or of a link. */
    static String fileName(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "x");
    }

    /** A number in four digits; a dash for NaN. */
    static String number(double value) {
        return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.4g", value);
    }
}
