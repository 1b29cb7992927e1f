package org.mtl4j.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A piece of Java in a document, and the class that it is compiled as: {@code import} lines go to the top, what is
 * marked by {@code <!-- members -->} in front of it becomes members, text without a semicolon is expressions, one from
 * each line that is not indented, and all else statements of a method. What pieces may use without saying where it
 * comes from is in {@code prelude.txt}.
 *
 * @param where file and line, for messages
 */
record Snippet(String where, String code, boolean members) {
    /** A block of Java, and the comment in front of it if there is one. */
    private static final Pattern MARKDOWN =
            Pattern.compile("(?:^<!-- (\\w+) -->\\n)?^```java\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    private static final Pattern JAVADOC = Pattern.compile("<pre>\\{@code\\n(.*?)\\n *\\* *\\}</pre>", Pattern.DOTALL);
    private static final Pattern COMMENT = Pattern.compile("//.*");
    private static final Pattern IMPORT = Pattern.compile("^import .*;\\n", Pattern.MULTILINE);

    static List<Snippet> ofMarkdown(Path file) throws IOException {
        List<Snippet> found = new ArrayList<>();
        String text = Files.readString(file);
        Matcher blocks = MARKDOWN.matcher(text);
        while (blocks.find()) {
            found.add(new Snippet(place(file, text, blocks), blocks.group(2), "members".equals(blocks.group(1))));
        }
        return found;
    }

    static List<Snippet> ofJavadoc(Path file) throws IOException {
        List<Snippet> found = new ArrayList<>();
        String text = Files.readString(file);
        Matcher blocks = JAVADOC.matcher(text);
        while (blocks.find()) {
            String code = blocks.group(1)
                    .lines()
                    .map(line -> line.replaceFirst("^ *\\* ?", ""))
                    .collect(Collectors.joining("\n", "", "\n"));
            found.add(new Snippet(place(file, text, blocks), code, false));
        }
        return found;
    }

    private static String place(Path file, String text, Matcher block) {
        long line = 1 + text.substring(0, block.start()).lines().count();
        return file.getFileName() + ":" + line;
    }

    /** The source of a class of this name. */
    String source(String className, String prelude) {
        String imports = IMPORT.matcher(code)
                .results()
                .map(java.util.regex.MatchResult::group)
                .collect(Collectors.joining());
        String rest = IMPORT.matcher(code).replaceAll("");
        String body = members
                ? rest
                : "static void run() throws Exception {\n%s}\n"
                        .formatted(COMMENT.matcher(rest).replaceAll("").contains(";") ? rest : expressions(rest));
        return "%s%nclass %s extends Prelude {%n%s}%n".formatted(imports + prelude, className, body);
    }

    private static String expressions(String text) {
        List<String> all = new ArrayList<>();
        Stream.of(text.split("\\n(?! )"))
                .filter(expression -> !expression.isBlank())
                .forEach(expression -> all.add("Object e%d =%n%s%n;%n".formatted(all.size(), expression)));
        return String.join("", all);
    }

    @Override
    public String toString() {
        return where;
    }
}
