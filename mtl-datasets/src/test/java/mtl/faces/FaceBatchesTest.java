package mtl.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import mtl.image.GrayImage;
import mtl.synthetic.SyntheticFaces;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

class FaceBatchesTest {
    private static final FaceCorpus FACES = SyntheticFaces.corpus(25, 3);

    @Test
    void shapes_and_labels_follow_the_tasks() throws IOException {
        FaceBatches batches = FACES.crops(FaceCrop.of(20))
                .batches()
                .tasks(FaceTask.POSE, FaceTask.LANDMARKS)
                .batchSize(10)
                .build();
        List<Integer> sizes = new ArrayList<>();
        int face = 0;
        while (batches.hasNext()) {
            MultiDataSet batch = batches.next();
            int size = (int) batch.getFeatures(0).size(0);
            sizes.add(size);
            assertThat(batch.getFeatures(0).shape()).containsExactly(size, 1, 20, 20);
            assertThat(batch.getLabelsMaskArrays()).isNull();
            for (int row = 0; row < size; row++, face++) {
                FaceSample sample = FACES.get(face);
                assertThat(batch.getLabels(0).getRow(row).argMax().getInt(0))
                        .isEqualTo(sample.attributes().pose().orElseThrow().ordinal());
                Box box = sample.box().orElseThrow();
                Point nose = sample.landmarks().orElseThrow().nose();
                assertThat(batch.getLabels(1).getDouble(row, 4))
                        .isCloseTo((nose.x() - box.left()) / box.width(), within(1e-6));
                assertThat(batch.getLabels(1).getDouble(row, 5))
                        .isCloseTo((nose.y() - box.top()) / box.height(), within(1e-6));
            }
        }
        assertThat(sizes).containsExactly(10, 10, 5);
    }

    @Test
    void a_missing_label_is_masked_and_its_row_is_zero() throws IOException {
        FaceCorpus some = FaceCorpus.of(List.of(FACES.get(0), FACES.get(1).withAttributes(FaceAttributes.UNKNOWN)));
        MultiDataSet batch = some.crops(FaceCrop.of(16))
                .batches()
                .tasks(FaceTask.LANDMARKS, FaceTask.GENDER)
                .build()
                .next();
        assertThat(batch.getLabelsMaskArray(0).toFloatVector()).containsExactly(1, 1);
        assertThat(batch.getLabelsMaskArray(1).toFloatVector()).containsExactly(1, 0);
        assertThat(batch.getLabels(1).getRow(1).sumNumber().doubleValue()).isZero();
        assertThat(batch.getLabels(1).getRow(0).sumNumber().doubleValue()).isEqualTo(1);
    }

    @Test
    void an_epoch_s_order_depends_on_seed_and_epoch_alone() throws IOException {
        FaceCrops crops = FACES.crops(FaceCrop.of(16));
        FaceBatches one = crops.batches()
                .tasks(FaceTask.LANDMARKS)
                .batchSize(7)
                .shuffledBy(9)
                .build();
        FaceBatches two = crops.batches()
                .tasks(FaceTask.LANDMARKS)
                .batchSize(7)
                .shuffledBy(9)
                .build();
        List<INDArray> first = epoch(one);
        one.reset();
        List<INDArray> second = epoch(one);
        two.startAt(1);
        assertThat(epoch(two)).isEqualTo(second).isNotEqualTo(first);
        two.startAt(1, 2);
        assertThat(two.next().getLabels(0)).isEqualTo(second.get(2));
        Set<String> seen = new HashSet<>();
        for (INDArray labels : second) {
            for (int row = 0; row < labels.size(0); row++) {
                seen.add(labels.getRow(row).toString());
            }
        }
        assertThat(seen).hasSize(25); // every face once
    }

    private static List<INDArray> epoch(FaceBatches batches) {
        List<INDArray> labels = new ArrayList<>();
        while (batches.hasNext()) {
            labels.add(batches.next().getLabels(0));
        }
        return labels;
    }

    @Test
    void a_split_is_fixed_by_its_seed_and_loses_no_face() {
        FaceCorpus.Split split = FACES.split(0.2, 4);
        assertThat(split.validation().size()).isEqualTo(5);
        assertThat(split.training().size()).isEqualTo(20);
        assertThat(FACES.split(0.2, 4).validation().samples())
                .isEqualTo(split.validation().samples());
        assertThat(FACES.split(0.2, 5).validation().samples())
                .isNotEqualTo(split.validation().samples());
        Set<FaceSample> all = new HashSet<>(split.training().samples());
        all.addAll(split.validation().samples());
        assertThat(all).hasSize(25);
    }

    @Test
    void a_crop_of_a_ramp_is_a_ramp() {
        byte[] ramp = new byte[60 * 40];
        for (int i = 0; i < ramp.length; i++) {
            ramp[i] = (byte) (4 * (i % 60)); // gray level 4x at column x
        }
        FaceCrop crop = FaceCrop.of(4).withPixels(PixelScale.UNIT_RANGE);
        INDArray cut = crop.toArray(GrayImage.of(60, 40, ramp), new Box(10, 8, 26, 24));
        for (int i = 0; i < 4; i++) { // the box is 16 wide: output pixel i averages x = 10 + 4i to 14 + 4i
            assertThat(cut.getDouble(0, 0, 1, i) * 255).isCloseTo(4 * (12 + 4 * i), within(0.51)); // whole gray levels
        }
        assertThat(FaceCrop.ofMap(crop.toMap())).isEqualTo(crop);
        assertThatThrownBy(() -> crop.toArray(GrayImage.of(60, 40, ramp), new Box(100, 8, 120, 24)))
                .hasMessageContaining("outside the image");
    }

    @Test
    void landmarks_and_their_relative_form_are_inverse() {
        Box box = new Box(10, 20, 50, 100);
        Landmarks points = Landmarks.of(20, 40, 40, 40, 30, 60, 22, 80, 38, 81);
        double[] relative = points.relativeTo(box);
        assertThat(relative[0]).isEqualTo(0.25); // (20 - 10) / 40
        assertThat(relative[1]).isEqualTo(0.25); // (40 - 20) / 80
        assertThat(Landmarks.relative(relative, box).toArray())
                .containsExactly(points.toArray(), org.assertj.core.data.Offset.offset(1e-12));
    }

    @Test
    void synthetic_faces_are_the_same_for_a_seed_and_resemble_the_corpus() throws IOException {
        FaceCorpus faces = SyntheticFaces.corpus(600, 11);
        assertThat(SyntheticFaces.corpus(600, 11).get(599).image().load())
                .isEqualTo(faces.get(599).image().load());
        assertThat(SyntheticFaces.corpus(2, 12).get(0).image().load())
                .isNotEqualTo(faces.get(0).image().load());
        double frontal = faces.counts(FaceTask.POSE).values().stream()
                        .mapToInt(n -> n)
                        .max()
                        .orElseThrow()
                / 600.0;
        assertThat(frontal).isBetween(0.6, 0.9); // MTFL: 74 %
        for (FaceSample face : faces.samples()) {
            for (double value :
                    face.landmarks().orElseThrow().relativeTo(face.box().orElseThrow())) {
                assertThat(value).isBetween(-0.3, 1.3);
            }
        }
    }
}
