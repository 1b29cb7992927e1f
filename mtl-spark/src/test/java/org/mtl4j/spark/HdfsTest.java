package org.mtl4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;
import org.nd4j.linalg.dataset.adapter.SingletonMultiDataSetIterator;

/** Models and checkpoints on HDFS: a name node and a data node of Hadoop's own, in this process. */
@Tag("slow")
class HdfsTest {
    @TempDir
    static Path folder;

    private static MiniDFSCluster cluster;
    private static String root;

    @BeforeAll
    static void start() throws IOException {
        Configuration configuration = new Configuration();
        configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.toString());
        configuration.setInt("dfs.replication", 1);
        cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
        cluster.waitActive();
        root = cluster.getURI().toString();
    }

    @AfterAll
    static void stop() {
        cluster.shutdown(true);
    }

    private static List<String> names(String directory) throws IOException {
        FileSystem files = cluster.getFileSystem();
        return Arrays.stream(files.listStatus(new org.apache.hadoop.fs.Path(directory)))
                .map(FileStatus::getPath)
                .map(org.apache.hadoop.fs.Path::getName)
                .sorted()
                .toList();
    }

    @Test
    void models_are_written_in_the_place_of_others_and_read_again() throws IOException {
        HadoopFiles files = new HadoopFiles(new Configuration());
        String file = root + "/models/m.zip";
        files.requireWritable(file);
        files.save(TableRows.model(), file);
        Dl4jModel model = TableRows.model();
        model.graph().params().addi(1);
        files.save(model, file);
        assertThat(files.load(file).graph().params()).isEqualTo(model.graph().params());
        assertThat(names("/models")).containsExactly("m.zip");
        cluster.getFileSystem().mkdirs(new org.apache.hadoop.fs.Path("/folder"));
        assertThatIOException()
                .isThrownBy(() -> files.requireWritable(root + "/folder"))
                .withMessageContaining("is a folder");
    }

    private static Dl4jModel train(String directory, ProgressListener listener) throws IOException {
        Dl4jModel model = TableRows.model();
        try (HadoopCheckpoints kept = HadoopCheckpoints.in(new Configuration(), directory)) {
            model.fit(
                    new SingletonMultiDataSetIterator(TableRows.batch(TableRows.drawn(40))),
                    kept.addTo(FitOptions.epochs(5).withListener(listener)));
        }
        return model;
    }

    @Test
    void a_run_that_ends_early_goes_on_to_the_same_bits() throws IOException {
        assertThatIllegalStateException()
                .isThrownBy(() -> train(root + "/runs/7", new ProgressListener() {
                    @Override
                    public void onEpoch(EpochResult result) {
                        if (result.epoch() == 3) { // its checkpoint isn't there yet: this listener comes first
                            throw new IllegalStateException("the driver is lost");
                        }
                    }
                }));
        assertThat(names("/runs/7"))
                .containsExactly(
                        "checkpoint-000002.zip",
                        "checkpoint-000002.zip.complete",
                        "checkpoint-000003.zip",
                        "checkpoint-000003.zip.complete",
                        "options.json",
                        "options.json.complete");
        try (OutputStream out =
                cluster.getFileSystem().create(new org.apache.hadoop.fs.Path("/runs/7/checkpoint-000004.zip"))) {
            out.write(7); // as if it had been lost while it wrote
        }
        List<Integer> epochs = new ArrayList<>();
        Dl4jModel resumed = train(root + "/runs/7", new ProgressListener() {
            @Override
            public void onEpoch(EpochResult result) {
                epochs.add(result.epoch());
            }
        });
        assertThat(epochs).containsExactly(3, 4);
        Dl4jModel undisturbed = train(root + "/runs/8", new ProgressListener() {});
        assertThat(resumed.graph().params()).isEqualTo(undisturbed.graph().params());
        assertThat(resumed.graph().getUpdater(false).getStateViewArray())
                .isEqualTo(undisturbed.graph().getUpdater(false).getStateViewArray());
    }
}
