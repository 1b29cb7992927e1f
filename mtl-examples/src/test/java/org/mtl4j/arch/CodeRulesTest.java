package org.mtl4j.arch;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.nd4j.linalg.factory.Nd4j;

/** What code may use what. A rule that finds no class to look at fails too. */
@AnalyzeClasses(packages = "org.mtl4j", importOptions = DoNotIncludeTests.class)
class CodeRulesTest {
    private static final String[] LIBRARIES = Module.patterns(Module.LIBRARIES);

    @ArchTest
    static final ArchRule every_class_is_in_a_package_of_its_module =
            classes().should().resideInAnyPackage(Module.patterns(ImmutableList.copyOf(Module.values())));

    @ArchTest
    static final ArchRule the_api_uses_nd4j_guava_slf4j_and_annotations_only = classes()
            .that()
            .resideInAnyPackage(Module.API.patterns())
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(Module.API.patternsAnd(
                    "java..", "org.nd4j..", "com.google.common..", "org.slf4j..", "org.jspecify.annotations.."));

    @ArchTest
    static final ArchRule the_api_touches_no_file_and_no_network = noClasses()
            .that()
            .resideInAnyPackage(Module.API.patterns())
            .and()
            // writes whole files for the modules that save something; it stands at the bottom, where all can use it
            .resideOutsideOfPackage("org.mtl4j.internal.io")
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.io")
                    .and(simpleNameStartingWith("File").or(simpleName("RandomAccessFile")))
                    .or(resideInAnyPackage(
                            "java.net..",
                            "java.nio.channels..",
                            "javax.imageio..",
                            "javax.net..",
                            "com.google.common.io..",
                            "org.mtl4j.internal.io"))
                    .or(resideInAPackage("java.nio.file..").and(not(type(Path.class))))) // a name, in save(Path)
            .orShould()
            .callMethodWhere(
                    target(owner(type(Nd4j.class))).and(target(nameMatching("(read|write|save|load).*|.*File"))));

    @ArchTest
    static final ArchRule dl4j_does_not_know_the_data_sets = noClasses()
            .that()
            .resideInAnyPackage(Module.DL4J.patterns())
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(Module.DATASETS.patterns());

    @ArchTest
    static final ArchRule the_data_sets_do_not_know_dl4j = noClasses()
            .that()
            .resideInAnyPackage(Module.DATASETS.patterns())
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(Module.DL4J.patternsAnd("org.deeplearning4j.."));

    @ArchTest
    static final ArchRule temporary_folders_are_those_of_java = noClasses()
            .should()
            .callMethod("com.google.common.io.Files", "createTempDir"); // others may read what is in them

    @ArchTest
    static final ArchRule nothing_builds_on_the_examples = noClasses()
            .that()
            .resideOutsideOfPackage("org.mtl4j.examples..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.mtl4j.examples..");

    @ArchTest
    static final ArchRule spark_stays_in_its_modules = noClasses()
            .that()
            .resideOutsideOfPackages("org.mtl4j.spark..", "org.mtl4j.sparkml..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.mtl4j.spark..", "org.mtl4j.sparkml..", "org.apache.spark..", "org.apache.hadoop..");

    /** Of mtl-spark it has the workers; what that needs for faces is not on its class path. */
    @ArchTest
    static final ArchRule tables_on_spark_need_no_faces = noClasses()
            .that()
            .resideInAPackage("org.mtl4j.sparkml..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(Module.DATASETS.patternsAnd("picocli.."))
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("org\\.mtl4j\\.spark\\.(Face|HadoopCorpus|HadoopFiles|SparkMain|SparkPrediction"
                    + "|SparkEvaluation).*");

    @ArchTest
    static final ArchRule spark_is_used_by_its_java_interface =
            noClasses() // the same bytes then fit any version of Scala; pairs are the same in all of them
                    .that()
                    .resideInAPackage("org.mtl4j.spark..")
                    .should()
                    .dependOnClassesThat(resideInAPackage("scala..").and(not(nameMatching("scala.Tuple2"))));

    @ArchTest
    static final ArchRule packages_have_no_cycles =
            slices().matching("org.mtl4j.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule internal_packages_are_used_by_their_module_only =
            classes().should(Internals.useOnlyInternalsOfTheirModule());

    @ArchTest
    static void admissions_are_needed(JavaClasses all) {
        Set<String> used = all.stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .map(use -> Internals.moduleOf(use.getOriginClass()) + " uses "
                        + use.getTargetClass().getPackageName())
                .collect(Collectors.toSet());
        assertThat(Module.ADMISSIONS.stream().flatMap(admission -> admission.users().stream()
                        .map(user -> user + " uses " + admission.internal())))
                .isNotEmpty()
                .filteredOn(use -> !used.contains(use))
                .isEmpty();
    }

    @ArchTest
    static final ArchRule public_types_show_no_internal_type = classes()
            .that()
            .resideInAnyPackage(LIBRARIES)
            .and()
            .resideOutsideOfPackage("..internal..")
            .should(Internals.showNoInternalType());

    @ArchTest
    static final ArchRule public_types_show_no_type_of_guava =
            classes().that().resideInAnyPackage(LIBRARIES).should(Internals.showNoTypeOfGuava());

    @ArchTest
    static final ArchRule the_model_stands_on_the_internal_packages = noClasses()
            .that()
            .resideInAPackage("org.mtl4j.dl4j.internal..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.mtl4j.dl4j");

    /** A configuration has the plain name: {@code CrossStitchVertex} is computed by {@code CrossStitchVertexImpl}. */
    @ArchTest
    static final ArchRule what_computes_a_configuration_ends_in_impl = classes()
            .that()
            .areAssignableTo(Layer.class)
            .or()
            .areAssignableTo(GraphVertex.class)
            .and()
            .areNotInterfaces()
            .should()
            .haveSimpleNameEndingWith("Impl");

    @ArchTest
    static final ArchRule libraries_leave_the_backend_to_the_application = noClasses()
            .that()
            .resideInAnyPackage(LIBRARIES)
            .and()
            .resideOutsideOfPackage(
                    "org.mtl4j.dl4j.internal.cpu..") // asks whether the backend is a CPU's before it uses its memory
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.bytedeco..", "org.nd4j.linalg.cpu..", "org.nd4j.linalg.jcublas..", "org.nd4j.nativeblas..");

    /** They take arrays and numbers; of Deeplearning4j they know only what lends memory for arrays. */
    @ArchTest
    static final ArchRule kernels_know_no_layers = classes()
            .that()
            .resideInAPackage("org.mtl4j.dl4j.internal.cpu..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "org.mtl4j.dl4j.internal.cpu..",
                    "org.mtl4j.internal.data", // which reads the numbers of an array
                    "org.mtl4j.internal.random", // by which dropout counts
                    "org.deeplearning4j.nn.workspace",
                    "java..",
                    "org.nd4j..",
                    "org.bytedeco..",
                    "com.sun.jna..",
                    "com.google.common..",
                    "com.google.flatbuffers", // a parameter of a method that each kind of array has
                    "org.slf4j..",
                    "org.jspecify.annotations..");

    @ArchTest
    static final ArchRule layers_and_vertices_in_a_graph_are_made_by_their_configurations = classes()
            .that()
            .haveSimpleNameEndingWith("Impl")
            .and()
            .resideInAPackage("org.mtl4j..")
            .should()
            .bePackagePrivate()
            .andShould()
            .resideInAnyPackage("org.mtl4j.dl4j.layer", "org.mtl4j.dl4j.vertex");

    @ArchTest
    static final ArchRule libraries_print_nothing =
            noClasses().that().resideInAnyPackage(LIBRARIES).should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule libraries_log_through_slf4j = noClasses()
            .that()
            .resideInAnyPackage(LIBRARIES)
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "ch.qos.logback..", "java.util.logging..", "org.apache.log4j..", "org.apache.logging..")
                    .or(type(System.Logger.class)));

    @ArchTest
    static final ArchRule libraries_do_not_end_the_jvm =
            noClasses().that().resideInAnyPackage(LIBRARIES).should().callMethod(System.class, "exit", int.class);

    @ArchTest
    static final ArchRule libraries_do_not_set_the_data_type_of_everybody = noClasses()
            .that()
            .resideInAnyPackage(LIBRARIES)
            .should()
            .callMethodWhere(
                    target(owner(type(Nd4j.class))).and(target(nameMatching("setDataType|setDefaultDataTypes"))));

    @ArchTest
    static final ArchRule libraries_have_no_static_variables = fields().that()
            .areDeclaredInClassesThat()
            .resideInAnyPackage(LIBRARIES)
            .and()
            .areStatic()
            .should()
            .beFinal();

    @ArchTest
    static final ArchRule text_does_not_depend_on_the_language_of_the_user = noClasses()
            .should()
            .callMethod(String.class, "format", String.class, Object[].class) // formatted(...) is left to messages
            .orShould()
            .callMethod(String.class, "toLowerCase")
            .orShould()
            .callMethod(String.class, "toUpperCase");

    @ArchTest
    static final ArchRule no_class_is_a_bag_of_helpers = noClasses()
            .should()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Helpers");

    @ArchTest
    static final ArchRule no_package_is_a_bag_of_helpers =
            noClasses().should().resideInAnyPackage("..util..", "..utils..", "..helper..", "..helpers..");
}
