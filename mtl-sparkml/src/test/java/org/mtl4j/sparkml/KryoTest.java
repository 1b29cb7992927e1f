package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mtl4j.spark.KryoClasses;

/** Kryo that refuses what is not registered sends all that this library sends. */
@Tag("slow")
class KryoTest {
    @BeforeEach
    @AfterEach
    void stop() {
        SparkSession.getDefaultSession().foreach(session -> {
            session.stop(); // the session of the other tests, or that of this one
            return null;
        });
    }

    private static SparkSession spark(String registrator) {
        return SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", false)
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", 2)
                .config("spark.sql.warehouse.dir", "target/warehouse")
                .config("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
                .config("spark.kryo.registrationRequired", true)
                .config("spark.kryo.registrator", registrator)
                .getOrCreate();
    }

    private static Dataset<Row> rows(SparkSession spark) {
        return spark.createDataFrame(People.rows(80, 6), People.TYPES);
    }

    @Test
    void one_registrator_has_all_classes_of_this_library() {
        Dataset<Row> rows = rows(spark(TableKryoClasses.class.getName()));
        MultiTaskTransformer trained = MultiTaskEstimatorTest.estimator()
                .setEpochs(1)
                .setValidationIndicatorCol("held")
                .fit(rows);
        Dataset<Row> predicted = trained.transform(rows);
        assertThat(predicted.count()).isEqualTo(80);
        assertThat(new MultiTaskEvaluator().setTask("wears").evaluate(predicted))
                .isBetween(0.0, 1.0);
        assertThat(trained.evaluate(rows).keySet())
                .isEqualTo(trained.model().history().last().trainingLoss().keySet());
    }

    @Test
    void without_it_the_message_says_what_to_register() {
        Dataset<Row> rows = rows(spark(KryoClasses.class.getName()));
        assertThatThrownBy(() -> MultiTaskEstimatorTest.estimator().fit(rows))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("spark.kryo.registrator has to have " + TableKryoClasses.class.getName());
    }
}
