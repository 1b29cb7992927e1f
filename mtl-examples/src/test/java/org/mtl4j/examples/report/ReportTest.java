package org.mtl4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.examples.report.LineChart.Style;

class ReportTest {
    @TempDir
    private Path directory;

    private static Picture picture() {
        return LineChart.overEpochs("loss", "y")
                .line("training", 0, Style.SOLID, new double[] {1, 2, 3}, new double[] {3, Double.NaN, 1})
                .picture("loss", "It \"falls\" & <falls>");
    }

    @Test
    void whatever_texts_are_they_stay_texts() {
        String html = new Report(
                        "<script>alert(1)</script>",
                        "a & b",
                        "<b>",
                        List.of(Section.of("<i>", "</p><img src=x>", List.of(picture()))
                                .withWarning("<u>")
                                .withTables(
                                        Table.of("<caption>", List.of("<a>", "'b'"), List.of(List.of("<td>", "\"\""))))
                                .withListing("<pre>")))
                .html();
        assertThat(html)
                .doesNotContain("<script", "<b>", "<i>", "<img src=x", "<u>", "<a>", "<caption><", "<falls>")
                .contains(
                        "&lt;script&gt;alert(1)&lt;/script&gt;", "a &amp; b", "&lt;falls&gt;", "alt=\"It &quot;falls");
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
        assertThat(found).isEqualTo(4); // icon, link to the section, picture for dark and for light displays
        assertThat(html).contains("default-src 'none'").doesNotContain("http-equiv=\"refresh\"");
    }

    @Test
    void pictures_lie_beside_the_page_and_in_it_for_light_and_dark_displays() throws IOException {
        Picture picture = picture();
        Path page = Report.of("t", "s", List.of(Section.of("a", "", List.of(picture))))
                .write(directory.resolve("deep/down"));
        byte[] png = Files.readAllBytes(directory.resolve("deep/down/loss.png"));
        assertThat(Files.readString(page)).contains(Base64.getEncoder().encodeToString(png));
        BufferedImage light = ImageIO.read(new ByteArrayInputStream(png));
        BufferedImage dark =
                ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(picture.darkBase64())));
        for (Theme theme : Theme.values()) {
            BufferedImage image = theme == Theme.LIGHT ? light : dark;
            assertThat(image.getWidth()).isEqualTo(960);
            assertThat(image.getRGB(1, 1)).isEqualTo(theme.background().getRGB());
            assertThat(pixels(image, theme.series(0).getRGB()))
                    .as("of the line")
                    .isGreaterThan(500);
        }
        try (var files = Files.list(page.getParent())) {
            assertThat(files).hasSize(2); // no temporary file stays
        }
    }

    @Test
    void a_heat_map_has_its_colours_where_its_values_are() throws IOException {
        Picture picture = new HeatMap(
                        "m",
                        "x",
                        "y",
                        List.of("a", "b"),
                        List.of("top", "bottom"),
                        new double[][] {{1, 0}, {0, -1}},
                        -1,
                        1,
                        2)
                .picture("map", "a map");
        BufferedImage image =
                ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(picture.lightBase64())));
        int[] most = centre(image, Theme.LIGHT.scale(true)[2].getRGB());
        int[] least = centre(image, Theme.LIGHT.scale(true)[0].getRGB());
        assertThat(most[0]).as("1 is left of -1").isLessThan(least[0]);
        assertThat(most[1]).as("1 is above -1").isLessThan(least[1]);
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
    }

    private static int pixels(BufferedImage image, int colour) {
        return centre(image, colour)[2];
    }

    /** The mean place of all pixels of a colour, and their number. */
    private static int[] centre(BufferedImage image, int colour) {
        long sumX = 0;
        long sumY = 0;
        int count = 0;
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                if (image.getRGB(x, y) == colour) {
                    sumX += x;
                    sumY += y;
                    count++;
                }
            }
        }
        return new int[] {(int) (sumX / Math.max(1, count)), (int) (sumY / Math.max(1, count)), count};
    }
}
