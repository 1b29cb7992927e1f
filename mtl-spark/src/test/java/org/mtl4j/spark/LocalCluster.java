package org.mtl4j.spark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** A cluster whose executors are processes of their own, on this machine. */
final class LocalCluster {
    private LocalCluster() {}

    /**
     * {@return the settings of a context with two executors of one core each}
     *
     * @throws IllegalStateException if Spark would not find where it is
     */
    static SparkConf conf(String name) {
        String home = System.getenv("SPARK_HOME");
        if (home == null || !Files.isDirectory(Path.of(home, "jars"))) {
            throw new IllegalStateException(
                    "SPARK_HOME is to be a folder with a folder jars in it, as pom.xml sets it");
        }
        return new SparkConf()
                .setMaster("local-cluster[2,1,1024]")
                .setAppName(name)
                .set("spark.executor.memory", "512m")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .set(
                        "spark.executor.extraJavaOptions",
                        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED -XX:+UseSerialGC"
                                + " -Dorg.bytedeco.javacpp.maxphysicalbytes=2g")
                .setExecutorEnv("SPARK_SCALA_VERSION", "2.12")
                .setExecutorEnv("OMP_NUM_THREADS", "1")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1");
    }

    /** {@return the process of an executor} */
    static ProcessHandle executor(JavaSparkContext context) {
        long pid = context.parallelize(List.of(0), 1)
                .map(any -> ProcessHandle.current().pid())
                .first();
        return ProcessHandle.of(pid).orElseThrow();
    }
}
