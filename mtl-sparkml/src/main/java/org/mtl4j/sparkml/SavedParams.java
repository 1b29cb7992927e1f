package org.mtl4j.sparkml;

import org.apache.spark.SparkContext;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsReader$;
import org.apache.spark.ml.util.DefaultParamsWriter$;
import org.apache.spark.ml.util.MLReader;
import scala.Option;

/**
 * Writes and reads parameters as {@code spark.ml} does for its own stages, so that pipelines read them. Spark shows
 * these methods to Java, but not to Scala.
 */
final class SavedParams {
    private SavedParams() {}

    static void write(Params stage, String path, SparkContext context) {
        DefaultParamsWriter$.MODULE$.saveMetadata(stage, path, context, Option.empty(), Option.empty());
    }

    static DefaultParamsReader.Metadata read(String path, SparkContext context, Class<?> type) {
        return DefaultParamsReader$.MODULE$.loadMetadata(path, context, type.getName());
    }

    /** Reads stages that are parameters alone; a folder of another class is refused by its name. */
    static <S> MLReader<S> reader(Class<S> type) {
        return new DefaultParamsReader<>() {
            @Override
            public S load(String path) {
                SavedParams.read(path, sc(), type);
                return super.load(path);
            }
        };
    }

    static void set(DefaultParamsReader.Metadata metadata, Params stage) {
        metadata.getAndSetParams(stage, Option.empty());
    }
}
