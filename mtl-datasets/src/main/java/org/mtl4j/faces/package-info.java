/**
 * Holds faces with boxes, landmarks and attributes, and makes of them the arrays that a network is trained on. Start at
 * {@link org.mtl4j.faces.FaceCorpus}: a list of {@link org.mtl4j.faces.FaceSample}s from a loader
 * ({@code org.mtl4j.mtfl}, {@code org.mtl4j.corpora}) or a generator ({@code org.mtl4j.synthetic}), marked with the
 * points and attributes of a {@link org.mtl4j.faces.FaceLayout}; {@link org.mtl4j.faces.FaceCorpus#crops} cuts the
 * faces out as a {@link org.mtl4j.faces.FaceCrop} says, and {@link org.mtl4j.faces.FaceCrops#batches} hands them out
 * with the labels of any {@link org.mtl4j.faces.FaceTask}s:
 *
 * <pre>{@code
 * FaceCorpus.Split split = corpus.split(0.2, seed);
 * FaceBatches training = split.training().crops(FaceCrop.of(40)).batches()
 *         .tasks(FaceTask.LANDMARKS, FaceTask.SMILE).batchSize(128).shuffleSeed(seed).build();
 * }</pre>
 *
 * <p>Training faces can be changed at random, in each epoch anew, by an {@link org.mtl4j.faces.Augmentation}, and made
 * ahead on other threads:
 *
 * <pre>{@code
 * FaceCrops crops = split.training().cropping(FaceCrop.of(40)).augmentation(Augmentation.standard()).cut();
 * try (PrefetchedFaceBatches training = crops.batches().tasks(FaceTask.LANDMARKS)
 *         .shuffleSeed(seed).augmentationSeed(seed).build().prefetched()) {
 *     model.fit(training, 25);
 * }
 * }</pre>
 *
 * <p>Coordinates are pixels as defined in {@code org.mtl4j.image}: the centre of the left top pixel is (0, 0). "Left"
 * and "right" are those of the image, as the viewer sees it, never those of the person. Everything but
 * {@link org.mtl4j.faces.FaceBatches} and {@link org.mtl4j.faces.PrefetchedFaceBatches} is safe for use by several
 * threads, and everything but these and {@link org.mtl4j.faces.SkipReport} is immutable. Arguments and results are
 * never null.
 */
@NullMarked
package org.mtl4j.faces;

import org.jspecify.annotations.NullMarked;
