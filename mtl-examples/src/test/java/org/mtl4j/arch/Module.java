package org.mtl4j.arch;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The modules of this project, with what each may hold and use: the one place where the rules of this package get it.
 */
enum Module {
    API(
            "mtl-api",
            ImmutableSet.of(),
            ImmutableSet.of(
                    "com.google.guava:guava",
                    "org.jspecify:jspecify",
                    "org.nd4j:nd4j-api",
                    "org.slf4j:slf4j-api",
                    // newer than ND4J names them (docs/dependencies.md)
                    "com.google.code.gson:gson",
                    "commons-io:commons-io",
                    "commons-net:commons-net",
                    "org.apache.commons:commons-compress",
                    "org.apache.commons:commons-lang3"),
            "org.mtl4j.task",
            "org.mtl4j.data",
            "org.mtl4j.loss",
            "org.mtl4j.schedule",
            "org.mtl4j.layer",
            "org.mtl4j.sharing",
            "org.mtl4j.relatedness",
            "org.mtl4j.network",
            "org.mtl4j.metric",
            "org.mtl4j.balance",
            "org.mtl4j.train",
            "org.mtl4j.saved",
            "org.mtl4j.serving",
            "org.mtl4j.internal"),
    DL4J(
            "mtl-dl4j",
            ImmutableSet.of("mtl-api"),
            ImmutableSet.of(
                    "org.deeplearning4j:deeplearning4j-core",
                    "org.deeplearning4j:deeplearning4j-nn",
                    "net.java.dev.jna:jna"),
            "org.mtl4j.dl4j"),
    DATASETS(
            "mtl-datasets",
            ImmutableSet.of("mtl-api"),
            ImmutableSet.of("org.nd4j:nd4j-api", "de.siegmar:fastcsv"),
            "org.mtl4j.table",
            "org.mtl4j.faces",
            "org.mtl4j.mtfl",
            "org.mtl4j.corpora",
            "org.mtl4j.synthetic",
            "org.mtl4j.image"),
    REPORT(
            "mtl-report",
            ImmutableSet.of("mtl-api"),
            ImmutableSet.of(
                    "com.google.guava:guava", "org.jspecify:jspecify", "org.nd4j:nd4j-api", "org.slf4j:slf4j-api"),
            "org.mtl4j.report"),
    SPARK(
            "mtl-spark",
            ImmutableSet.of("mtl-dl4j", "mtl-datasets"),
            ImmutableSet.of("org.apache.spark:spark-core_2.12", "info.picocli:picocli"),
            "org.mtl4j.spark"),
    SPARKML(
            "mtl-sparkml",
            ImmutableSet.of("mtl-dl4j", "mtl-spark"),
            ImmutableSet.of("org.apache.spark:spark-core_2.12", "org.apache.spark:spark-mllib_2.12"),
            "org.mtl4j.sparkml"),
    ONNXRUNTIME(
            "mtl-onnxruntime",
            ImmutableSet.of("mtl-dl4j"),
            ImmutableSet.of("com.microsoft.onnxruntime:onnxruntime"),
            "org.mtl4j.onnxruntime"),
    EXAMPLES(
            "mtl-examples",
            ImmutableSet.of("mtl-dl4j", "mtl-datasets", "mtl-report"),
            ImmutableSet.of(
                    "org.nd4j:${nd4j.backend}",
                    "info.picocli:picocli",
                    "me.tongfei:progressbar",
                    "org.knowm.xchart:xchart",
                    "com.fasterxml.jackson.core:jackson-databind",
                    "ch.qos.logback:logback-classic"),
            "org.mtl4j.examples"),
    BENCHMARKS(
            "benchmarks",
            ImmutableSet.of("mtl-dl4j", "mtl-datasets", "mtl-onnxruntime"),
            ImmutableSet.of(
                    "org.nd4j:${nd4j.backend}", "org.openjdk.jmh:jmh-core", "com.microsoft.onnxruntime:onnxruntime"),
            "org.mtl4j.benchmarks");

    /** The modules that others build on. */
    static final ImmutableList<Module> LIBRARIES =
            ImmutableList.of(API, DL4J, DATASETS, REPORT, SPARK, SPARKML, ONNXRUNTIME);

    /** A package that other modules may use in their main code although it is internal, and why. */
    record Admission(String internal, ImmutableSet<Module> users, String reason) {}

    /** What all modules of this project need and no user should build on. */
    static final ImmutableList<Admission> ADMISSIONS = ImmutableList.of(
            new Admission(
                    "org.mtl4j.internal.check",
                    ImmutableSet.of(DL4J, DATASETS, REPORT, SPARKML),
                    "a value out of its range is refused in the same words everywhere"),
            new Admission(
                    "org.mtl4j.internal.random",
                    ImmutableSet.of(DL4J, DATASETS, SPARK, SPARKML),
                    "seeds and hashes of rows are mixed in one way, or runs would not repeat"),
            new Admission(
                    "org.mtl4j.internal.sum",
                    ImmutableSet.of(DATASETS),
                    "means over many faces are exact, so that they are the same in any order"),
            new Admission(
                    "org.mtl4j.internal.io",
                    ImmutableSet.of(DL4J, DATASETS, REPORT, EXAMPLES),
                    "files are written whole in one way, by all that save something"),
            new Admission(
                    "org.mtl4j.internal.data",
                    ImmutableSet.of(DL4J, DATASETS, SPARKML),
                    "masks that may be null, as ND4J's batches have them, are read in one place"),
            new Admission(
                    "org.mtl4j.internal.table",
                    ImmutableSet.of(DATASETS, SPARKML),
                    "rows of a table become batches in one way, in files and on clusters"),
            new Admission(
                    "org.mtl4j.internal.json",
                    ImmutableSet.of(DL4J),
                    "the saved form of a network has layers of Deeplearning4j in it, which only mtl-dl4j can read"));

    /** The root of the build. Maven starts tests in the folder of their module. */
    static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private final String artifactId;
    private final ImmutableSet<String> modules;
    private final ImmutableSet<String> dependencies;
    private final ImmutableList<String> packages;

    Module(String artifactId, ImmutableSet<String> modules, ImmutableSet<String> dependencies, String... packages) {
        this.artifactId = artifactId;
        this.modules = modules;
        this.dependencies = dependencies;
        this.packages = ImmutableList.copyOf(packages);
    }

    String artifactId() {
        return artifactId;
    }

    /** The modules of this project that this one may use, outside of tests. */
    ImmutableSet<String> modules() {
        return modules;
    }

    /** What else it may use, outside of tests, as groupId:artifactId. */
    ImmutableSet<String> dependencies() {
        return dependencies;
    }

    /** The roots of its packages. */
    ImmutableList<String> packages() {
        return packages;
    }

    Path folder() {
        return ROOT.resolve(artifactId);
    }

    /** The packages of some modules as ArchUnit writes them, with everything below. */
    static String[] patterns(ImmutableList<Module> modules) {
        return modules.stream()
                .flatMap(module -> module.packages.stream())
                .map(root -> root + "..")
                .toArray(String[]::new);
    }

    String[] patterns() {
        return patterns(ImmutableList.of(this));
    }

    /** This module's packages and those of others, as ArchUnit writes them. */
    String[] patternsAnd(String... others) {
        return Stream.concat(Stream.of(patterns()), Stream.of(others)).toArray(String[]::new);
    }
}
