package org.mtl4j.internal.json;

import java.io.NotSerializableException;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mtl4j.saved.SavedTypes;

/**
 * What descriptions need that Java serialises as their saved form: a stream of Java's may make any class that is there,
 * so those that the form names are trusted.
 */
public final class WrittenClasses {
    /** A class of one's own, or of a layer of Deeplearning4j, whose configuration is a text within the text. */
    private static final Pattern CLASS = Pattern.compile("\\\\*\"@?class\\\\*\"\\s*:\\s*\\\\*\"([\\p{L}\\p{N}_.$]+)");

    private WrittenClasses() {}

    /** {@return a reader of this form, which was written without names of one's own} */
    public static SavedTypes trusted(String json) {
        Set<String> named = new TreeSet<>();
        Matcher found = CLASS.matcher(json);
        while (found.find()) {
            named.add(found.group(1));
        }
        return SavedTypes.none().trustingClasses(named);
    }

    /**
     * {@return a saved form}
     *
     * @throws NotSerializableException if something in it has none; the message says what
     */
    public static String written(Supplier<String> form) throws NotSerializableException {
        try {
            return form.get();
        } catch (IllegalArgumentException e) {
            NotSerializableException refused = new NotSerializableException(e.getMessage());
            refused.initCause(e);
            throw refused;
        }
    }
}
