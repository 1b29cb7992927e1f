package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.examples.testing.Browser;
import org.mtl4j.report.Report;

/** A report as a reader sees it, in a Chromium. Its pictures of the page are kept in {@code target/report-pages}. */
@Tag("slow")
class ReportInBrowserTest {
    @TempDir
    static Path directory;

    private static Browser browser;
    private static Path report;

    @BeforeAll
    static void train_and_start_the_browser() throws Exception {
        Optional<Path> program = Browser.find();
        assumeTrue(
                program.isPresent(),
                "skipped: no chromium, chromium-browser or google-chrome on the path, and no -D" + Browser.PROPERTY);
        report = directory.resolve("report");
        int code = Main.run(
                "train",
                "--variant",
                "cross-stitch-exponential",
                "--faces",
                "120",
                "--size",
                "32",
                "--epochs",
                "3",
                "--report",
                report.toString(),
                "--out",
                directory.resolve("model.zip").toString());
        assertThat(code).isZero();
        browser = Browser.start(program.get(), directory.resolve("profile"));
    }

    @AfterAll
    static void stop_the_browser() throws InterruptedException {
        if (browser != null) {
            browser.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "desktop, 1280, 900, false, false",
        "desktop-dark, 1280, 900, false, true",
        "phone, 390, 844, true, false",
        "phone-dark, 390, 844, true, true",
        "small-phone, 320, 568, true, false"
    })
    void a_page_fits_is_whole_and_asks_for_nothing(String name, int width, int height, boolean phone, boolean dark)
            throws Exception {
        Browser.Page page = browser.page(width, height, phone, dark);
        page.open(report.resolve(Report.FILE).toUri());

        // decode() fails for pictures that are damaged; drawings have as many pixels as there is room for
        JsonNode pictures =
                page.evaluate("Promise.all([...document.querySelectorAll('figure img, figure svg')].map(image =>"
                        + " (image.decode ? image.decode() : Promise.resolve()).then(() => ({name:"
                        + " image.closest('figure').id,"
                        + " pixels: image.naturalWidth || 2 * image.viewBox.baseVal.width,"
                        + " width: image.getBoundingClientRect().width, alt:"
                        + " image.alt || image.getAttribute('aria-label')}))))");
        List<String> names = new ArrayList<>();
        pictures.forEach(picture -> {
            names.add(picture.get("name").asText());
            assertThat(picture.get("pixels").asInt()).isGreaterThanOrEqualTo(700);
            assertThat(picture.get("width").asDouble())
                    .as("shown width of %s", picture)
                    .isBetween(Math.min(width, 480) - 60.0, 520.0);
            assertThat(picture.get("alt").asText()).isNotBlank();
        });
        assertThat(names)
                .doesNotHaveDuplicates()
                .contains(
                        "error-distribution",
                        "errors-left-eye",
                        "confusion-pose",
                        "faces-best",
                        "faces-worst",
                        "loss-landmarks",
                        "alpha-means",
                        "alpha-pool1",
                        "alpha-pool1-channels",
                        "relatedness",
                        "coefficient-a",
                        "coefficient-b");

        assertThat(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                        .asInt())
                .as("how far the page can be scrolled sideways")
                .isZero();
        assertThat(page.evaluate("[...document.querySelectorAll('nav a')].filter(link =>"
                                + " document.querySelector(link.getAttribute('href')) === null).length")
                        .asInt())
                .as("links to nowhere")
                .isZero();
        assertThat(page.evaluate("getComputedStyle(document.body).backgroundColor")
                        .asText())
                .isEqualTo(dark ? "rgb(17, 20, 24)" : "rgb(244, 245, 247)");
        assertThat(page.evaluate("[...document.querySelectorAll('#loss-landmarks svg .l, #loss-landmarks svg .t')].map("
                                + "part => getComputedStyle(part)[part.tagName === 'path' ? 'stroke' : 'fill']).join()")
                        .asText())
                .as("the title of a chart, and its lines")
                .startsWith(dark ? "rgb(216, 222, 230),rgb(245, 144, 69)," : "rgb(36, 41, 47),rgb(213, 94, 0),");
        assertThat(page.evaluate("getComputedStyle(document.querySelector('#loss-landmarks').closest('section'))"
                                + ".backgroundColor")
                        .asText())
                .as("background of a chart")
                .isEqualTo(dark ? "rgb(27, 31, 38)" : "rgb(255, 255, 255)");
        assertThat(page.complaints()).isEmpty();
        assertThat(page.requests()).allMatch(address -> address.startsWith("file:") || address.startsWith("data:"));
        page.photograph(Path.of("target/report-pages", name + ".png"));
    }
}
