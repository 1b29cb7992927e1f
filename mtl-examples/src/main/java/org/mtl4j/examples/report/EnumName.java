package org.mtl4j.examples.report;

import java.util.Locale;

/**
 * Writes constants of enumerations in small letters: as the command line and files have them, and as text for people.
 */
public final class EnumName {
    private EnumName() {}

    /** {@return the name in small letters with hyphens, as in {@code smooth-l1}} */
    public static String hyphenated(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@return the name in small letters with spaces, as in "task stopped"} */
    public static String inWords(Enum<?> constant) {
        return hyphenated(constant).replace('-', ' ');
    }
}
