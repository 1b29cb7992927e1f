/**
 * Faces with boxes, landmarks and attributes, and the way from them to the arrays that a network is trained on. Start at
 * {@link mtl.faces.FaceCorpus}: a list of {@link mtl.faces.FaceSample}s from a loader ({@code mtl.mtfl}) or a generator
 * ({@code mtl.synthetic}); {@link mtl.faces.FaceCorpus#crops} cuts the faces out as a {@link mtl.faces.FaceCrop} says,
 * and {@link mtl.faces.FaceCrops#batches} hands them out with the labels of any {@link mtl.faces.FaceTask}s:
 *
 * <pre>{@code
 * FaceCorpus.Split split = corpus.split(0.2, seed);
 * FaceBatches training = split.training().crops(FaceCrop.of(40)).batches()
 *         .tasks(FaceTask.LANDMARKS, FaceTask.SMILE).batchSize(128).shuffledBy(seed).build();
 * }</pre>
 *
 * <p>Training faces can be changed at random, in each epoch anew, by an {@link mtl.faces.Augmentation}, and made ahead on
 * other threads:
 *
 * <pre>{@code
 * FaceCrops crops = split.training().cropping(FaceCrop.of(40)).augmentation(Augmentation.standard()).cut();
 * try (PrefetchedFaceBatches training = crops.batches().tasks(FaceTask.LANDMARKS)
 *         .shuffledBy(seed).augmentedBy(seed).build().prefetched()) {
 *     model.fit(training, 25);
 * }
 * }</pre>
 *
 * <p>Coordinates are pixels as defined in {@code mtl.image}: the centre of the left top pixel is (0, 0). "Left" and
 * "right" are those of the image, as the viewer sees it, never those of the person. Everything but
 * {@link mtl.faces.FaceBatches} and {@link mtl.faces.PrefetchedFaceBatches} is safe for use by several threads, and
 * everything but these and {@link mtl.faces.SkipReport} is immutable. Arguments and results are never null.
 */
package mtl.faces;
