package org.mtl4j.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links between pages lead to files that exist, and to headings that these files have. The network is not asked. */
class LinksTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /** Where pages lie: the root, with no folder below it, and these with all folders below them. */
    private static final ImmutableList<String> FOLDERS = ImmutableList.of("docs", "benchmarks", "mtl-spark", ".github");

    private static final Pattern CODE =
            Pattern.compile("^( *)```.*?^ *```$|`[^`\\n]+`", Pattern.DOTALL | Pattern.MULTILINE);

    /**
     * {@code [text](target)}, {@code ![text](target)}, {@code [name]: target}, {@code src="target"},
     * {@code href="target"}.
     */
    private static final Pattern LINK = Pattern.compile(
            "\\]\\(\\s*<?([^)\\s>]+)>?(?:\\s+\"[^\"]*\")?\\s*\\)|^\\[[^]]+]:\\s*(\\S+)|(?:src|href)=\"([^\"]+)\"",
            Pattern.MULTILINE);

    private static final Pattern ELSEWHERE = Pattern.compile("[a-z][a-z0-9+.-]*:.*");
    private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.+?) *#*$", Pattern.MULTILINE);
    private static final Pattern ID = Pattern.compile("(?:id|name)=\"([^\"]+)\"");

    @TempDir
    private Path folder;

    @Test
    void links_lead_somewhere() throws IOException {
        List<Path> pages = pages();
        assertThat(pages).hasSizeGreaterThan(10).contains(ROOT.resolve("README.md"));
        List<String> broken = new ArrayList<>();
        for (Path page : pages) {
            broken.addAll(brokenIn(page, ROOT));
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void a_link_that_leads_nowhere_is_told_by_its_place() throws IOException {
        Files.writeString(folder.resolve("there.md"), "# What `fit` does, step by step\n\n## Twice\n## Twice\n");
        Path page = Files.writeString(folder.resolve("page.md"), """
                # Here
                [a](there.md) [b](there.md#what-fit-does-step-by-step) [c](#here) [d](https://mtl4j.example/none)
                `[e](none.md)` [f](there.md#twice-1) ![g](none.png)
                [h](there.md#twice-2) <img src="gone.svg">
                ```
                [i](none.md)
                ```
                [j]: none.md
                """);
        assertThat(brokenIn(page, folder))
                .containsExactly(
                        "page.md:3: none.png",
                        "page.md:4: there.md#twice-2",
                        "page.md:4: gone.svg",
                        "page.md:8: none.md");
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(pagesIn(ROOT, 1));
        for (String name : FOLDERS) {
            pages.addAll(pagesIn(ROOT.resolve(name), Integer.MAX_VALUE));
        }
        return pages;
    }

    private static List<Path> pagesIn(Path folder, int depth) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder, depth)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !folder.relativize(file).startsWith("target"))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> brokenIn(Path page, Path root) throws IOException {
        String text = Files.readString(page);
        String prose = CODE.matcher(text).replaceAll(LinksTest::blank);
        List<String> broken = new ArrayList<>();
        for (MatchResult link : LINK.matcher(prose).results().toList()) {
            String target = Stream.of(1, 2, 3)
                    .map(link::group)
                    .filter(java.util.Objects::nonNull)
                    .findFirst()
                    .orElseThrow();
            if (!ELSEWHERE.matcher(target).matches() && !exists(page, target)) {
                long line = 1
                        + prose.substring(0, link.start())
                                .chars()
                                .filter(c -> c == '\n')
                                .count();
                broken.add(
                        "%s:%d: %s".formatted(root.relativize(page).toString().replace('\\', '/'), line, target));
            }
        }
        return broken;
    }

    /** As many blanks, on as many lines, as the match, so that places stay. */
    private static String blank(MatchResult code) {
        return code.group().replaceAll(".", " ");
    }

    private static boolean exists(Path page, String target) throws IOException {
        String[] parts = target.split("#", 2);
        Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        return Files.exists(file)
                && (parts.length == 1
                        || !file.toString().endsWith(".md") // a line of a source, a part of a picture
                        || anchorsOf(Files.readString(file)).contains(parts[1]));
    }

    /** The names that GitHub gives to headings, and those that the page gives itself. */
    private static Set<String> anchorsOf(String text) {
        Set<String> anchors = new HashSet<>();
        Map<String, Integer> times = new HashMap<>();
        HEADING.matcher(text).results().forEach(heading -> {
            String name = heading.group(1)
                    .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-');
            int before = times.merge(name, 1, Integer::sum) - 1;
            anchors.add(before == 0 ? name : name + "-" + before);
        });
        ID.matcher(text).results().forEach(id -> anchors.add(id.group(1)));
        return anchors;
    }
}
