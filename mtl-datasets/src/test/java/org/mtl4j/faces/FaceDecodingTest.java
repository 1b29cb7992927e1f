package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.mtl4j.image.GrayImage;
import org.mtl4j.image.ImageMemoryException;

/** Photos for which there is not enough memory, played by sources that say so. */
class FaceDecodingTest {
    private static final GrayImage IMAGE = GrayImage.of(4, 4, new byte[16]);

    /** How many images are decoded at this moment. */
    private final AtomicInteger active = new AtomicInteger();

    private final AtomicInteger tries = new AtomicInteger();

    /** An image that takes so much of the memory that there must be so many at most. */
    private FaceSample sample(int number, int mostActive, boolean says) {
        ImageSource source = new ImageSource() {
            @Override
            public GrayImage load() throws IOException {
                tries.incrementAndGet();
                int here = active.incrementAndGet();
                try {
                    Thread.sleep(20);
                    if (Math.max(here, active.get()) > mostActive) {
                        OutOfMemoryError error = new OutOfMemoryError("Java heap space");
                        if (says) {
                            throw new ImageMemoryException("big.jpg: 9 x 9 pixels do not fit", error);
                        }
                        throw error;
                    }
                    return IMAGE;
                } catch (InterruptedException e) {
                    throw new IOException(e);
                } finally {
                    active.decrementAndGet();
                }
            }

            @Override
            public String fingerprint() {
                return "image " + number;
            }
        };
        return FaceSample.of("face " + number, source).withBox(new Box(0, 0, 3, 3));
    }

    private FaceCorpus corpus(int size, int mostActive, boolean says) {
        List<FaceSample> samples = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            samples.add(sample(i, mostActive, says));
        }
        return FaceCorpus.of(samples);
    }

    @Test
    void a_photo_that_does_not_fit_beside_others_is_read_alone() throws IOException {
        for (boolean says : new boolean[] {true, false}) {
            tries.set(0);
            FaceCrops crops = corpus(12, 1, says).crops(FaceCrop.of(2));
            assertThat(crops.size()).isEqualTo(12);
            assertThat(tries.get()).as("each once, or once more").isBetween(12, 24);
        }
    }

    @Test
    void a_photo_that_does_not_fit_at_all_is_named_and_left_out() throws IOException {
        List<FaceSample> samples = new ArrayList<>(corpus(5, 99, true).samples());
        samples.add(2, sample(77, 0, true));
        samples.add(4, sample(78, 0, false));
        SkipReport report = new SkipReport();
        FaceCrops crops = FaceCorpus.of(samples)
                .cropping(FaceCrop.of(2))
                .skipReport(report)
                .cut();
        assertThat(crops.size()).isEqualTo(5);
        assertThat(report.skipped())
                .extracting(SkipReport.Skipped::toString)
                .containsExactly(
                        "'face 77': big.jpg: 9 x 9 pixels do not fit",
                        "'face 78': it does not fit into Java's memory: Java heap space");
        assertThatIOException()
                .isThrownBy(() -> FaceCorpus.of(samples).crops(FaceCrop.of(2)))
                .withMessage("2 of 7 faces cannot be cut out; the first, 'face 77': big.jpg: 9 x 9 pixels do not fit");
    }

    @Test
    void a_photo_that_is_decoded_when_it_is_needed_is_an_exception_too() throws IOException {
        FaceCrops crops = FaceCorpus.of(List.of(sample(1, 0, false)))
                .cropping(FaceCrop.of(2))
                .lazy()
                .cut();
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(crops::fingerprint)
                .withMessage("a face cannot be cut out: 'face 1': it does not fit into Java's memory: Java heap space");
    }
}
