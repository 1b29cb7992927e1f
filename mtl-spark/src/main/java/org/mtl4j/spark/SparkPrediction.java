package org.mtl4j.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.ModelCopies;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.image.GrayImage;
import org.mtl4j.train.MultiTaskModel;

/** Asks a model about many images. */
public final class SparkPrediction {
    private SparkPrediction() {}

    /**
     * Asks about each face of a corpus, in its box; or about each image of a folder, where the whole image is the face.
     *
     * @param model of faces, with the properties of its {@link FaceCrop}
     * @param corpus the folder
     * @param listed whether there are lists with boxes to be read; otherwise every JPEG and PNG file below the folder
     *     is asked about
     * @param parts tasks of Spark, at least 1; each reads the lists (or the folder) and its part of the images
     * @param trustedPackages as of {@link Dl4jModel#load}
     * @return predictions, computed when they are asked for, each time anew. An image that cannot be read is one with a
     *     {@linkplain FacePrediction#problem problem}
     * @throws IllegalArgumentException if {@code parts} is below 1, or the model has no such properties
     * @throws IOException if there is no room for a temporary file
     */
    public static JavaRDD<FacePrediction> of(
            JavaSparkContext context,
            Dl4jModel model,
            HadoopCorpus corpus,
            boolean listed,
            int parts,
            String... trustedPackages)
            throws IOException {
        if (parts < 1) {
            throw new IllegalArgumentException("there must be at least 1 part, got " + parts);
        }
        Serializers.require(context, FacePrediction.class);
        Map<String, String> crop = FaceCrop.fromMap(model.properties()).toMap();
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            indices.add(i);
        }
        return context.parallelize(indices, parts)
                .mapPartitions(new Predicting(
                        context.broadcast(new Carried<>(ModelCopies.of(model, trustedPackages))),
                        crop,
                        corpus,
                        listed,
                        parts));
    }

    private record Predicting(
            Broadcast<Carried<ModelCopies>> copies,
            Map<String, String> crop,
            HadoopCorpus corpus,
            boolean listed,
            int parts)
            implements FlatMapFunction<Iterator<Integer>, FacePrediction> {
        @Override
        public @Nullable Iterator<FacePrediction> call(Iterator<Integer> partition) throws IOException {
            List<FacePrediction> predictions = new ArrayList<>();
            FaceCorpus faces = listed ? corpus.read() : corpus.images();
            while (partition.hasNext()) {
                int first = partition.next();
                copies.value().value().use(copy -> {
                    for (int i = first; i < faces.size(); i += parts) {
                        predictions.add(predict(copy, faces.get(i)));
                    }
                    return null;
                });
            }
            return predictions.iterator();
        }

        private FacePrediction predict(MultiTaskModel copy, FaceSample face) {
            try {
                GrayImage image = face.image().load();
                Box box = listed
                        ? face.withBoxFromLandmarks().box().orElseThrow()
                        : new Box(0, 0, image.width() - 1, image.height() - 1);
                return FacePrediction.of(face.id(), copy, FaceCrop.fromMap(crop), image, box);
            } catch (IOException | IllegalArgumentException e) { // no such image; a box that lies outside of it
                return FacePrediction.failed(face.id(), e);
            }
        }
    }
}
