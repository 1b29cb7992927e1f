package org.mtl4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.report.LineChart.Style;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportTest {
    @TempDir
    private Path directory;

    private static Figure picture() {
        return LineChart.overEpochs("loss", "y")
                .line("training", 0, Style.SOLID, new double[] {1, 2, 3}, new double[] {3, Double.NaN, 1})
                .picture("loss", "It \"falls\" & <falls>");
    }

    private static Element svg(Figure figure) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(figure.html().getBytes(StandardCharsets.UTF_8)))
                .getDocumentElement();
    }

    private static List<Element> all(Element svg, String tag) {
        NodeList found = svg.getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    @Test
    void whatever_texts_are_they_stay_texts() {
        Figure chart = LineChart.overEpochs("<script>", "<u>")
                .line("<s>", 0, Style.SOLID, new double[] {1}, new double[] {1})
                .line("'\"&", 0, Style.SOLID, new double[] {1}, new double[] {2})
                .picture("chart", "<b>");
        String html = new Report(
                        "<script>alert(1)</script>",
                        "a & b",
                        "<b>",
                        List.of(Section.of("<i>", "</p><img src=x>", List.of(picture(), chart))
                                .withWarning("<u>")
                                .withTables(
                                        Table.of("<caption>", List.of("<a>", "'b'"), List.of(List.of("<td>", "\"\""))))
                                .withListing("<pre>")))
                .html();
        assertThat(html)
                .doesNotContain(
                        "<script", "<b>", "<i>", "<img src=x", "<u>", "<s>", "<a>", "<caption><", "<falls>", "\u0001")
                .contains(
                        "&lt;script&gt;alert(1)&lt;/script&gt;",
                        "a &amp; b",
                        "&lt;falls&gt;",
                        "aria-label=\"It &quot;falls");
        assertThat(Html.text("a\u0001b")).isEqualTo("a\ufffdb");
    }

    @Test
    void nothing_is_fetched() {
        String html = Report.of("t", "s", List.of(Section.of("a", "", List.of(picture()))))
                .html();
        Matcher references = Pattern.compile("(?:src|href|srcset|url)\\s*[=(]\\s*\"?([^\"]{1,20})")
                .matcher(html);
        int found = 0;
        while (references.find()) {
            assertThat(references.group(1)).matches("(data:|#)[\\s\\S]*");
            found++;
        }
        assertThat(found).isEqualTo(2); // icon, link to the section
        assertThat(html).contains("default-src 'none'").doesNotContain("http-equiv=\"refresh\"", "@import");
    }

    @Test
    void pictures_lie_beside_the_page_and_in_it_in_colours_for_light_and_dark_displays() throws IOException {
        Figure picture = picture();
        Path page = Report.of("t", "s", List.of(Section.of("a", "", List.of(picture))))
                .write(directory.resolve("deep/down"));
        String svg = Files.readString(directory.resolve("deep/down/loss.svg"));
        String html = Files.readString(page);
        assertThat(html).contains(picture.html());
        assertThat(svg).startsWith("<svg xmlns=").contains("width=\"480\"");
        for (String text : List.of(svg, html)) {
            assertThat(text)
                    .contains("--s0:#0072b2", "prefers-color-scheme:dark", "--s0:#58a9e8", ".s0{stroke:var(--s0)}");
        }
        try (var files = Files.list(page.getParent())) {
            assertThat(files).hasSize(2); // no temporary file stays
        }
    }

    @Test
    void a_line_is_broken_where_a_number_is_missing_and_a_point_alone_is_a_dot() throws Exception {
        double nan = Double.NaN;
        double[] y = {0, 10, nan, 5, Double.POSITIVE_INFINITY, 0, 10};
        Element svg = svg(LineChart.over("x", "t", "y")
                .line("a", 2, Style.SOLID, new double[] {0, 1, 2, 3, 4, 5, 6}, y)
                .range(0, 6, 0, 10)
                .picture("a", "c"));
        String path = all(svg, "path").stream()
                .filter(element -> element.getAttribute("class").equals("l s2"))
                .findFirst()
                .orElseThrow()
                .getAttribute("d");
        // 408 wide from 58, 226 high from 30
        assertThat(path).isEqualTo("M58 256L126 30M262 143M398 256L466 30");
        assertThat(all(svg, "circle")).hasSize(5);
        assertThat(all(svg, "title").get(2).getTextContent()).isEqualTo("a: 3, 5");
        Element empty = svg(LineChart.overEpochs("t", "y").picture("a", "c"));
        assertThat(all(empty, "circle")).isEmpty();
        assertThat(LineChart.overEpochs("t", "y")
                        .line("a", 0, Style.SOLID, new double[] {1}, new double[] {nan})
                        .isEmpty())
                .isTrue();
    }

    @Test
    void long_lines_keep_their_peaks() throws Exception {
        double[] x = new double[10_000];
        Arrays.setAll(x, i -> i);
        double[] y = new double[x.length];
        y[7_777] = 1;
        Element svg = svg(LineChart.over("x", "t", "y")
                .line("a", 0, Style.SOLID, x, y)
                .range(0, 9_999, 0, 1)
                .picture("a", "c"));
        String path = all(svg, "path").stream()
                .filter(element -> element.getAttribute("class").equals("l s0"))
                .findFirst()
                .orElseThrow()
                .getAttribute("d");
        assertThat(path.length()).isLessThan(8_000);
        assertThat(path).contains("L375.3 30L"); // 58 + 408 * 7777 / 9999
    }

    @Test
    void ticks_are_round_numbers_whatever_the_range() throws Exception {
        assertThat(ticks(0, 1)).containsExactly("0", "0.2", "0.4", "0.6", "0.8", "1");
        assertThat(ticks(0.5012, 0.5034)).containsExactly("0.5015", "0.502", "0.5025", "0.503");
        assertThat(ticks(-3e-7, 2e-7)).contains("-2e-7", "0", "1e-7");
        assertThat(ticks(1e9, 5e9)).contains("2e9", "3e9");
    }

    @Test
    void numbers_of_an_axis_do_not_reach_into_its_title() throws Exception {
        for (double value : new double[] {1, 0.000123, 0.00012345, 1234567, -1.2345e-7}) {
            Element svg = svg(LineChart.overEpochs("t", "loss, without its weight")
                    .line("a", 0, Style.SOLID, new double[] {1, 2}, new double[] {value, value * 1.0001})
                    .picture("a", "c"));
            List<Element> numbers = all(svg, "text").stream()
                    .filter(text -> text.getAttribute("class").equals("e q"))
                    .toList();
            assertThat(numbers).as("ticks at " + value).isNotEmpty();
            for (Element number : numbers) { // right-aligned; letters of the title reach from 2 to 16
                double right = Double.parseDouble(number.getAttribute("x"));
                assertThat(right - Svg.width(number.getTextContent(), 13))
                        .as(number.getTextContent())
                        .isGreaterThan(20);
            }
            assertThat(all(svg, "circle").get(0).getAttribute("cx"))
                    .as("the plane begins behind the numbers")
                    .isEqualTo(Svg.at(Double.parseDouble(numbers.get(0).getAttribute("x")) + 6));
        }
    }

    @Test
    void numbers_of_several_orders_are_drawn_by_their_logarithms() throws Exception {
        Element svg = svg(LineChart.overEpochs("t", "y")
                .line("a", 0, Style.SOLID, new double[] {1, 2, 3}, new double[] {0.001, 0.1, 10})
                .spread()
                .picture("a", "c"));
        List<Double> heights = all(svg, "circle").stream()
                .map(circle -> Double.parseDouble(circle.getAttribute("cy")))
                .toList();
        assertThat(heights.get(1)).isEqualTo((heights.get(0) + heights.get(2)) / 2);
        assertThat(all(svg, "title").get(0).getTextContent()).isEqualTo("a: 1, 0.001");
        Element near = svg(LineChart.overEpochs("t", "y")
                .line("a", 0, Style.SOLID, new double[] {1, 2, 3}, new double[] {1, 2, 10})
                .spread()
                .picture("a", "c"));
        assertThat(near.getTextContent()).contains("5").doesNotContain("0.001");
    }

    private static List<String> ticks(double from, double to) throws Exception {
        Element svg = svg(LineChart.over("x", "t", "y")
                .line("a", 0, Style.SOLID, new double[] {from, to}, new double[] {0, 1})
                .range(from, to, 0, 1)
                .picture("a", "c"));
        return all(svg, "text").stream()
                .filter(text -> text.getAttribute("class").equals("m q")
                        && text.getAttribute("y").equals("274"))
                .map(Element::getTextContent)
                .toList();
    }

    @Test
    void numbers_that_do_not_differ_and_huge_ones_are_drawn() throws Exception {
        for (double value : new double[] {0, 1, -5, 1e-300, 1e300, Double.MAX_VALUE, -Double.MAX_VALUE}) {
            Element svg = svg(LineChart.overEpochs("t", "y")
                    .line("a", 0, Style.SOLID, new double[] {1, 2}, new double[] {value, value})
                    .picture("a", "c"));
            assertThat(svg.getTextContent()).as("of " + value).doesNotContain("NaN", "Infinity");
            assertThat(all(svg, "circle")).hasSize(2).allSatisfy(circle -> assertThat(
                            Double.parseDouble(circle.getAttribute("cy")))
                    .isBetween(30.0, 256.0));
        }
    }

    @Test
    void a_heat_map_has_its_colours_where_its_values_are() throws Exception {
        Element svg = svg(new HeatMap(
                        "m",
                        "x",
                        "y",
                        List.of("a", "b"),
                        List.of("top", "bottom"),
                        new double[][] {{1, 0}, {Double.NaN, -1}},
                        -1,
                        1,
                        2)
                .picture("map", "a map"));
        List<Element> cells = all(svg, "rect");
        assertThat(cells).extracting(cell -> cell.getAttribute("class")).containsExactly("c hi", "c hi", "c lo");
        assertThat(cells).extracting(cell -> cell.getAttribute("fill-opacity")).containsExactly("0.84", "0.04", "0.84");
        double most = Double.parseDouble(cells.get(0).getAttribute("x"));
        double least = Double.parseDouble(cells.get(2).getAttribute("x"));
        assertThat(most).as("1 is left of -1").isLessThan(least);
        assertThat(cells.get(0).getAttribute("y")).as("1 is above -1").isEqualTo("30");
        assertThat(cells.get(2).getAttribute("y")).isEqualTo("66");
        assertThat(cells.get(2).getTextContent()).isEqualTo("bottom, b: -1.00");
    }

    @Test
    void many_pictures_are_shown_on_demand_and_sections_of_one_title_have_their_own_links() {
        String html = Report.of(
                        "t",
                        "",
                        List.of(
                                Section.of("Größe", "", Collections.nCopies(14, picture())),
                                Section.of("日本", "", List.of()),
                                Section.of("日本", "", List.of())))
                .html();
        assertThat(html).contains("<details><summary>2 more</summary>");
        List<String> ids = new ArrayList<>();
        Matcher matcher = Pattern.compile("<section id=\"([^\"]+)\"").matcher(html);
        while (matcher.find()) {
            ids.add(matcher.group(1));
            assertThat(html).contains("href=\"#" + matcher.group(1) + "\"");
        }
        assertThat(ids).hasSize(3).doesNotHaveDuplicates();
    }

    @Test
    void names_and_rows_that_do_not_fit_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LineChart.overEpochs("t", "y").picture("../x", ""))
                .withMessageContaining("../x");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Table.of("numbers", List.of("a", "b"), List.of(List.of("1"))))
                .withMessageContaining("numbers")
                .withMessageContaining("2 columns");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> LineChart.overEpochs("t", "y").line("a", 0, Style.SOLID, new double[1], new double[2]))
                .withMessageContaining("got 1 and 2");
    }
}
