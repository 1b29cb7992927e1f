package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.saved.SavedTypes;

/** Checkpoints, transformers and their model files on HDFS. */
@Tag("slow")
class HdfsTest {
    @TempDir
    static Path folder;

    private static MiniDFSCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        Configuration configuration = new Configuration();
        configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.toString());
        configuration.setInt("dfs.replication", 1);
        cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
        cluster.waitActive();
    }

    @AfterAll
    static void stop() {
        cluster.shutdown(true);
    }

    @Test
    void a_run_goes_on_from_there_and_what_is_saved_is_read_again() throws IOException {
        FileSystem files = cluster.getFileSystem();
        String root = cluster.getURI().toString();
        Dataset<Row> rows = People.frame(90, 4);
        String run = root + "/runs/7";
        Dl4jModel undisturbed =
                MultiTaskEstimatorTest.estimator().setEpochs(3).fit(rows).model();
        MultiTaskEstimatorTest.estimator()
                .setEpochs(3)
                .setCheckpointDirectory(run)
                .fit(rows);
        // as if the driver had been lost before the third was complete
        files.delete(new org.apache.hadoop.fs.Path(run + "/checkpoint-000003.zip.complete"), false);
        MultiTaskTransformer resumed = MultiTaskEstimatorTest.estimator()
                .setEpochs(3)
                .setCheckpointDirectory(run)
                .fit(rows);
        assertThat(files.exists(new org.apache.hadoop.fs.Path(run + "/checkpoint-000003.zip.complete")))
                .isTrue();
        assertThat(resumed.model().graph().params())
                .isEqualTo(undisturbed.graph().params());

        resumed.save(root + "/models/people");
        assertThat(MultiTaskTransformer.load(root + "/models/people")
                        .transform(rows)
                        .collectAsList())
                .isEqualTo(resumed.transform(rows).collectAsList());
        try (InputStream in = files.open(new org.apache.hadoop.fs.Path("/models/people/model.zip"))) {
            assertThat(Dl4jModel.load(in, SavedTypes.none()).graph().params())
                    .isEqualTo(undisturbed.graph().params());
        }
    }
}
