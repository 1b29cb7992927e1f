package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.image.GrayImage;
import org.mtl4j.synthetic.SyntheticFaces;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

class PrefetchedFaceBatchesTest {

    private static final FaceTask[] TASKS = {FaceTask.LANDMARKS, FaceTask.POSE};

    private static FaceCrops crops;

    @BeforeAll
    static void cut() throws IOException {
        crops = SyntheticFaces.corpus(37, 4)
                .cropping(FaceCrop.of(16))
                .augmentation(Augmentation.standard())
                .cut();
    }

    private static FaceBatches batches() {
        return crops.batches()
                .tasks(TASKS)
                .batchSize(5)
                .shuffleSeed(2)
                .augmentationSeed(3)
                .build();
    }

    private static void assertSame(MultiDataSetIterator ahead, MultiDataSetIterator direct) {
        while (direct.hasNext()) {
            assertThat(ahead.hasNext()).isTrue();
            assertSame(ahead.next(), direct.next());
        }
        assertThat(ahead.hasNext()).isFalse();
    }

    private static void assertSame(MultiDataSet ahead, MultiDataSet direct) {
        assertThat(ahead.getFeatures(0)).isEqualTo(direct.getFeatures(0));
        for (int t = 0; t < TASKS.length; t++) {
            assertThat(ahead.getLabels(t)).isEqualTo(direct.getLabels(t));
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("mtl-faces-ahead") && thread.isAlive())
                .count();
    }

    @ParameterizedTest(name = "{0} threads, {1} ahead")
    @CsvSource({"1, 1", "1, 5", "2, 3", "4, 20", "7, 2"})
    void batches_are_those_of_one_thread(int threads, int ahead) {
        FaceBatches direct = batches();
        try (PrefetchedFaceBatches prefetched = batches().prefetched(threads, ahead)) {
            for (int epoch = 0; epoch < 4; epoch++) {
                assertThat(prefetched.epoch()).isEqualTo(epoch);
                assertSame(prefetched, direct);
                prefetched.reset();
                direct.reset();
            }
        }
    }

    @Test
    void resets_and_jumps_at_any_place_lead_where_they_lead_without_threads() {
        FaceBatches direct = batches();
        java.util.Random random = new java.util.Random(8);
        try (PrefetchedFaceBatches prefetched = batches().prefetched(3, 6)) {
            for (int round = 0; round < 60; round++) {
                switch (random.nextInt(4)) {
                    case 0 -> {
                        prefetched.reset();
                        direct.reset();
                    }
                    case 1 -> {
                        int epoch = random.nextInt(5);
                        int batch = random.nextInt(direct.batchesPerEpoch() + 1);
                        prefetched.startAt(epoch, batch);
                        direct.startAt(epoch, batch);
                    }
                    case 2 -> {
                        int faces = 1 + random.nextInt(12);
                        if (direct.hasNext()) {
                            assertSame(prefetched.next(faces), direct.next(faces));
                        }
                    }
                    default -> {
                        for (int i = random.nextInt(10); i >= 0 && direct.hasNext(); i--) {
                            assertSame(prefetched.next(), direct.next());
                        }
                    }
                }
                assertThat(prefetched.epoch()).isEqualTo(direct.epoch());
                assertThat(prefetched.hasNext()).isEqualTo(direct.hasNext());
            }
            prefetched.startAt(2);
            direct.startAt(2);
            assertSame(prefetched, direct);
            assertThatExceptionOfType(NoSuchElementException.class)
                    .isThrownBy(prefetched::next)
                    .withMessage("epoch 2 is at its end; reset() starts the next");
        }
    }

    /** As fit goes from epoch to epoch. */
    @Test
    void what_is_made_ahead_of_an_epoch_is_used_in_it() throws InterruptedException {
        try (PrefetchedFaceBatches prefetched = batches().prefetched(1, 3)) {
            for (int epoch = 0; epoch < 4; epoch++) {
                prefetched.startAt(epoch);
                while (prefetched.hasNext()) {
                    prefetched.next();
                }
                long wanted = (epoch + 1L) * prefetched.batchesPerEpoch() + 3;
                while (prefetched.made() < wanted) {
                    Thread.sleep(1);
                }
                assertThat(prefetched.made()).isEqualTo(wanted);
            }
        }
    }

    @Test
    void it_starts_where_its_source_is_and_leaves_it_there() {
        FaceBatches source = batches();
        source.startAt(3, 2);
        FaceBatches direct = batches();
        direct.startAt(3, 2);
        try (PrefetchedFaceBatches prefetched = source.prefetched()) {
            assertThat(prefetched.batchesPerEpoch()).isEqualTo(8);
            assertThat(prefetched.batchSize()).isEqualTo(5);
            assertThat(prefetched.crops()).isSameAs(crops);
            assertSame(prefetched, direct);
        }
        assertThat(source.epoch()).isEqualTo(3);
        direct.startAt(3, 2);
        assertSame(source, direct);
    }

    @Test
    void dropped_last_batches_are_dropped() {
        FaceBatches.Builder builder =
                crops.batches().tasks(TASKS).batchSize(8).shuffleSeed(2).dropLast();
        FaceBatches direct = builder.build();
        try (PrefetchedFaceBatches prefetched = builder.build().prefetched(2, 9)) {
            for (int epoch = 0; epoch < 3; epoch++) {
                assertSame(prefetched, direct);
                prefetched.reset();
                direct.reset();
            }
        }
        try (PrefetchedFaceBatches none =
                crops.batches().tasks(TASKS).batchSize(38).dropLast().build().prefetched(1, 1)) {
            assertThat(none.hasNext()).isFalse();
            assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(none::next);
        }
    }

    @Test
    void a_pre_processor_sees_each_batch_once() {
        AtomicInteger seen = new AtomicInteger();
        FaceBatches source = batches();
        source.setPreProcessor(batch -> seen.incrementAndGet());
        try (PrefetchedFaceBatches prefetched = source.prefetched(2, 4)) {
            while (prefetched.hasNext()) {
                prefetched.next();
            }
        }
        assertThat(seen).hasValue(8);
    }

    /** Faces of which some cannot be read, as a count says how often each was asked for. */
    private static FaceCorpus partlyBroken(int faces, List<Integer> broken, AtomicInteger loads) {
        List<FaceSample> samples = new ArrayList<>();
        for (int i = 0; i < faces; i++) {
            int face = i;
            FaceSample sample = Fixtures.corpus(faces).get(i);
            GrayImage image = GrayImage.of(1, 1, new byte[] {(byte) i});
            samples.add(new FaceSample(
                    "dir/face%d.jpg".formatted(i),
                    new ImageSource() {
                        @Override
                        public GrayImage load() throws IOException {
                            loads.incrementAndGet();
                            if (broken.contains(face)) {
                                throw new IOException(
                                        "/corpus/dir/face%d.jpg: not a JPEG or PNG image".formatted(face));
                            }
                            return image;
                        }

                        @Override
                        public String fingerprint() {
                            return "";
                        }
                    },
                    java.util.Optional.of(new Box(0, 0, 1, 1)),
                    sample.landmarks(),
                    sample.attributes()));
        }
        return FaceCorpus.of(samples).withGeometryCheck(GeometryCheck.OFF);
    }

    @Test
    void a_broken_face_is_named_where_its_batch_is_asked_for() throws IOException {
        List<Integer> broken = new ArrayList<>(List.of(5));
        FaceCorpus corpus = partlyBroken(12, broken, new AtomicInteger());
        FaceBatches source = corpus.cropping(new FaceCrop(1, 0, PixelScale.UNIT_RANGE))
                .lazy()
                .cut()
                .batches()
                .tasks(TASKS)
                .batchSize(4)
                .build();
        try (PrefetchedFaceBatches prefetched = source.prefetched(2, 5)) {
            assertThat(prefetched.next().getFeatures(0).getDouble(3, 0, 0, 0) * 255)
                    .isCloseTo(3, org.assertj.core.api.Assertions.within(1e-4)); // the batch before is not harmed
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatExceptionOfType(UncheckedIOException.class)
                        .isThrownBy(prefetched::next)
                        .withMessage("a face cannot be cut out: 'dir/face5.jpg': "
                                + "/corpus/dir/face5.jpg: not a JPEG or PNG image");
            }
            broken.clear(); // repaired: it goes on with the same batch
            assertThat(prefetched.next().getFeatures(0).getDouble(1, 0, 0, 0) * 255)
                    .isCloseTo(5, org.assertj.core.api.Assertions.within(1e-4));
            assertThat(prefetched.next().getFeatures(0).size(0)).isEqualTo(4);
        }
    }

    @Test
    void faces_are_decoded_once_and_never_more_than_needed_ahead() throws IOException {
        AtomicInteger loads = new AtomicInteger();
        FaceCorpus corpus = partlyBroken(100, List.of(), loads);
        FaceBatches source = corpus.cropping(FaceCrop.of(1))
                .lazy()
                .cut()
                .batches()
                .tasks(TASKS)
                .batchSize(10)
                .build();
        assertThat(loads).hasValue(0);
        try (PrefetchedFaceBatches prefetched = source.prefetched(2, 3)) {
            prefetched.next();
        }
        assertThat(loads.get()).isBetween(10, 40); // the batch that was taken, and at most three more
        while (source.hasNext()) {
            source.next();
        }
        source.reset();
        source.next();
        assertThat(loads).hasValue(100);
    }

    @Test
    void broken_faces_cannot_be_skipped_when_they_are_found_too_late() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fixtures.corpus(3)
                        .cropping(FaceCrop.of(2))
                        .lazy()
                        .skipReport(new SkipReport())
                        .cut())
                .withMessageStartingWith("faces that are decoded when needed cannot be skipped");
    }

    @Test
    void closing_ends_the_threads_also_those_that_wait_or_work() throws InterruptedException {
        long before = threads();
        for (int round = 0; round < 20; round++) {
            PrefetchedFaceBatches prefetched = batches().prefetched(3, 8);
            for (int i = 0; i < round % 9 && prefetched.hasNext(); i++) {
                prefetched.next();
            }
            if (round % 9 > 0) {
                assertThat(threads()).isGreaterThan(before);
            }
            prefetched.close();
            prefetched.close();
            assertThat(threads()).isEqualTo(before);
            assertThatIllegalStateException().isThrownBy(prefetched::next).withMessage("these batches are closed");
            assertThatIllegalStateException().isThrownBy(prefetched::reset);
            assertThatIllegalStateException().isThrownBy(prefetched::hasNext);
            assertThatIllegalStateException().isThrownBy(() -> prefetched.startAt(0));
        }
    }

    @Test
    void threads_are_daemons() {
        try (PrefetchedFaceBatches prefetched = batches().prefetched(2, 4)) {
            prefetched.next();
            assertThat(Thread.getAllStackTraces().keySet().stream()
                            .filter(thread -> thread.getName().equals("mtl-faces-ahead")))
                    .isNotEmpty()
                    .allMatch(Thread::isDaemon);
        }
    }

    @Test
    void a_consumer_that_is_interrupted_stops_waiting() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        ImageSource slow = new ImageSource() {
            @Override
            public GrayImage load() throws IOException {
                asked.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IOException("interrupted", e);
                }
                return GrayImage.of(1, 1, new byte[1]);
            }

            @Override
            public String fingerprint() {
                return "";
            }
        };
        FaceCorpus corpus = FaceCorpus.of(List.of(FaceSample.of("slow", slow).withBox(new Box(0, 0, 1, 1))));
        PrefetchedFaceBatches prefetched = corpus.cropping(FaceCrop.of(1))
                .lazy()
                .cut()
                .batches()
                .tasks(FaceTask.POSE)
                .build()
                .prefetched(1, 1);
        List<Throwable> thrown = new ArrayList<>();
        Thread consumer = new Thread(() -> {
            try {
                prefetched.next();
            } catch (IllegalStateException e) {
                thrown.add(e);
            }
        });
        consumer.start();
        asked.await();
        consumer.interrupt();
        consumer.join();
        assertThat(thrown).singleElement().satisfies(e -> assertThat(e)
                .hasMessage("interrupted while waiting for a batch of epoch 0"));
        prefetched.close(); // ends the thread that reads, too
        assertThat(threads()).isZero();
    }

    @Test
    void settings_are_checked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> batches().prefetched(0, 1))
                .withMessage("number of threads must be at least 1, got 0");
        assertThatIllegalArgumentException().isThrownBy(() -> batches().prefetched(1, 0));
        try (PrefetchedFaceBatches prefetched = batches().prefetched()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> prefetched.startAt(0, 9))
                    .withMessage("there is no batch 9 in epoch 0; epochs count from 0, and have 8 batches");
            assertThatIllegalArgumentException().isThrownBy(() -> prefetched.startAt(-1));
            assertThatIllegalArgumentException().isThrownBy(() -> prefetched.next(0));
            assertThat(prefetched.asyncSupported()).isFalse();
            assertThat(prefetched.resetSupported()).isTrue();
        }
    }
}
