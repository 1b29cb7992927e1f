package org.mtl4j.internal.io;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Explains why a file is not found that seems to be there: its name differs in capitals, blanks or the composition of
 * its characters only, or the locale cannot write it.
 */
public final class SimilarNames {
    /** Names of a folder that are looked at. */
    private static final int MOST_NAMES = 20_000;

    private static final String BLANK = "%20";

    private static final Logger log = LoggerFactory.getLogger(SimilarNames.class);

    private SimilarNames() {}

    /**
     * {@return what to add to a message that says that a file is not there: a semicolon, and which file is there in its
     * place; empty if there is nothing alike}
     *
     * @param missing is not there, or a folder above it is not
     */
    public static String hint(Path missing) {
        Path absent = missing.toAbsolutePath();
        Path folder = absent.getParent();
        while (folder != null && !Files.exists(folder)) {
            absent = folder;
            folder = folder.getParent();
        }
        if (folder == null || absent.getFileName() == null) {
            return "";
        }
        String wanted = absent.getFileName().toString();
        Optional<String> similar = Files.isDirectory(folder) ? similar(folder, wanted) : Optional.empty();
        return similar.map(name -> "; there is '%s', which differs in %s"
                        .formatted(name, String.join(" and ", differences(wanted, name))))
                .orElseGet(() -> isAscii(wanted) ? "" : localeHint());
    }

    /**
     * {@return what to add to a message about a name that the locale may be unable to write: a semicolon, and the
     * locale; empty if it can write all names}
     */
    public static String localeHint() {
        String encoding = System.getProperty("sun.jnu.encoding", "");
        try {
            if (Charset.forName(encoding).equals(StandardCharsets.UTF_8)) {
                return "";
            }
        } catch (IllegalArgumentException e) { // a charset that Java does not know cannot write all names
            log.debug("the charset of file names is not known", e);
        }
        return "; names of files are in %s here, by the locale: start Java with LC_ALL=C.UTF-8 or another of UTF-8"
                .formatted(encoding);
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    private static Optional<String> similar(Path folder, String wanted) {
        String key = folded(wanted);
        int looked = 0;
        try (DirectoryStream<Path> names = Files.newDirectoryStream(folder)) {
            for (Path name : names) {
                String text = String.valueOf(name.getFileName());
                if (!text.equals(wanted) && folded(text).equals(key)) {
                    return Optional.of(text);
                }
                if (++looked == MOST_NAMES) {
                    break;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return Optional.empty(); // the folder may be searched and not listed
        }
        return Optional.empty();
    }

    private static String composed(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC);
    }

    private static String withoutBlanks(String name) {
        return name.replace(BLANK, " ").replace('\u00a0', ' ').replace(" ", "");
    }

    private static String withoutCase(String name) {
        return name.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }

    private static String folded(String name) {
        return withoutCase(withoutBlanks(composed(name)));
    }

    private static List<String> differences(String wanted, String found) {
        List<String> differences = new ArrayList<>();
        String a = wanted;
        String b = found;
        if (!a.equals(composed(a)) || !b.equals(composed(b))) {
            if (!withoutCase(withoutBlanks(a)).equals(withoutCase(withoutBlanks(b)))) {
                differences.add("how its characters are composed (Unicode's forms NFC and NFD)");
            }
            a = composed(a);
            b = composed(b);
        }
        if (!withoutCase(a).equals(withoutCase(b))) {
            differences.add("blanks");
        }
        if (!withoutBlanks(a).equals(withoutBlanks(b))) {
            differences.add("capital and small letters");
        }
        return differences;
    }
}
