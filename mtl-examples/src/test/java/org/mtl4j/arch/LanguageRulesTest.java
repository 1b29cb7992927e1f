package org.mtl4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Text that is stored or compared has no language. {@code formatted} writes numbers with the digits of the user's: in
 * the messages of exceptions it may; elsewhere {@code %s} or {@code String.format(Locale.ROOT, …)} does not.
 * {@link CodeRulesTest} has the rule for {@code String.format} and letters.
 */
class LanguageRulesTest {
    private static final Pattern FORMATTED = Pattern.compile("\\.formatted\\(");
    private static final Pattern TEXT = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");
    private static final Pattern NUMBER = Pattern.compile("%[-#+ 0,(]*[0-9]*(?:\\.[0-9]+)?[dfegEGt]");
    private static final Pattern EXCEPTION =
            Pattern.compile("throw |Exception\\(|orElseThrow|[fF]ault\\(|\\bnew Damage|refused");

    @ParameterizedTest
    @EnumSource(Module.class)
    void numbers_in_text_that_is_no_exception_have_no_language(Module module) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : Sources.javaIn(Sources.mainOf(module))) {
            String source = Files.readString(file);
            for (int at : faults(source)) {
                found.add(Sources.place(
                        file, (int) source.substring(0, at).lines().count()));
            }
        }
        assertThat(found)
                .as("formatted(...) with %%d, %%f and the like; take %%s or String.format(Locale.ROOT, ...)")
                .isEmpty();
    }

    /** Finds statements by their ends, with what stands between quotes left out. */
    private static List<Integer> faults(String source) {
        String masked = TEXT.matcher(source)
                .replaceAll(text -> "\"" + "x".repeat(text.group(1).length()) + "\"");
        List<Integer> faults = new ArrayList<>();
        Matcher call = FORMATTED.matcher(masked);
        while (call.find()) {
            int start = Math.max(
                    masked.lastIndexOf(';', call.start()),
                    Math.max(masked.lastIndexOf('{', call.start()), masked.lastIndexOf('}', call.start())));
            String statement = source.substring(start + 1, call.start());
            StringBuilder texts = new StringBuilder();
            TEXT.matcher(statement).results().forEach(text -> texts.append(text.group(1)));
            if (NUMBER.matcher(texts).find() && !EXCEPTION.matcher(statement).find()) {
                faults.add(call.start());
            }
        }
        return faults;
    }

    @Test
    void the_rule_finds_what_it_is_for() {
        assertThat(faults("return \"; %d\".formatted(3);")).hasSize(1);
        assertThat(faults("String a = \"a\" + (\"%.2f\"\n + \"%s\").formatted(3, b);"))
                .hasSize(1);
        assertThat(faults("throw new IOException(\"%d\".formatted(3));")).isEmpty();
        assertThat(faults("return \"%s\".formatted(3);")).isEmpty();
    }
}
