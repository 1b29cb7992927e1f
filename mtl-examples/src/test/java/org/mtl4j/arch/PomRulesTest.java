package org.mtl4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** What the modules declare in their poms. Arrows between modules point one way, and no library pins a backend. */
class PomRulesTest {
    /** No code, and so no {@link Module}. */
    private static final String BILL_OF_MATERIALS = "mtl-bom";

    /** Likewise: the jar of others' code for clusters. */
    private static final String BUNDLE = "mtl-spark-bundle";

    private record Declared(String groupId, String artifactId, String version, String scope) {
        boolean isShipped() {
            return !scope.equals("test");
        }

        boolean isOurs() {
            return groupId.equals("org.mtl4j");
        }
    }

    @ParameterizedTest
    @EnumSource(Module.class)
    void modules_use_only_the_modules_below_them(Module module) throws Exception {
        assertThat(dependenciesOf(module))
                .filteredOn(Declared::isShipped)
                .filteredOn(Declared::isOurs)
                .extracting(Declared::artifactId)
                .filteredOn(artifact -> !artifact.equals(BILL_OF_MATERIALS))
                .isSubsetOf(module.modules());
    }

    @ParameterizedTest
    @EnumSource(Module.class)
    void modules_ship_only_the_libraries_they_stand_on(Module module) throws Exception {
        assertThat(dependenciesOf(module))
                .filteredOn(Declared::isShipped)
                .filteredOn(dependency -> !dependency.isOurs())
                .extracting(dependency -> dependency.groupId() + ":" + dependency.artifactId())
                .isNotEmpty()
                .isSubsetOf(module.dependencies());
    }

    @ParameterizedTest
    @EnumSource(Module.class)
    void versions_are_chosen_in_the_parent(Module module) throws Exception {
        assertThat(dependenciesOf(module)).extracting(Declared::version).containsOnly("");
    }

    /** Automatic-Module-Name; other projects require a library by it, so it never changes. */
    @ParameterizedTest
    @EnumSource(Module.class)
    void module_names_are_those_of_the_artifacts(Module module) throws Exception {
        Element properties = child(pom(module.folder().resolve("pom.xml")), "properties");
        assertThat(text(properties, "module.name"))
                .isEqualTo("org.mtl4j." + module.artifactId().replaceFirst("^mtl-", ""));
    }

    @Test
    void the_build_has_these_modules_and_no_other() throws Exception {
        Element modules = child(pom(Module.ROOT.resolve("pom.xml")), "modules");
        List<String> expected = new ArrayList<>(
                Arrays.stream(Module.values()).map(Module::artifactId).toList());
        expected.add(0, BILL_OF_MATERIALS);
        expected.add(expected.indexOf(Module.SPARKML.artifactId()) + 1, BUNDLE);
        assertThat(children(modules, "module"))
                .extracting(Element::getTextContent)
                .isEqualTo(expected);
    }

    /**
     * Whoever imports it gets the libraries of one version, and an OpenBLAS and a JavaCPP that fit, for all platforms.
     * It has no parent, or all that the parent manages would come along.
     */
    @Test
    void the_bill_of_materials_has_all_libraries_and_an_openblas_with_its_javacpp() throws Exception {
        Element parent = pom(Module.ROOT.resolve("pom.xml"));
        Element bom = pom(Module.ROOT.resolve(BILL_OF_MATERIALS).resolve("pom.xml"));
        assertThat(children(bom, "parent")).isEmpty();
        assertThat(text(bom, "version")).isEqualTo(text(parent, "version"));
        for (Element property : children(child(bom, "properties"), "*")) {
            assertThat(property.getTextContent().strip())
                    .as(property.getTagName())
                    .isNotEmpty()
                    .isEqualTo(text(child(parent, "properties"), property.getTagName()));
        }
        List<Element> managed = children(child(child(bom, "dependencyManagement"), "dependencies"), "dependency");
        assertThat(managed)
                .filteredOn(dependency -> text(dependency, "groupId").equals("org.mtl4j"))
                .extracting(dependency -> text(dependency, "artifactId"))
                .containsExactlyInAnyOrder(
                        Stream.concat(Module.LIBRARIES.stream().map(Module::artifactId), Stream.of(BUNDLE))
                                .toArray(String[]::new));
        List<String> openBlas = classifiers(managed, "openblas", "${openblas.version}-${javacpp.version}");
        assertThat(openBlas).contains("", "linux-x86_64", "linux-arm64", "macosx-arm64", "windows-x86_64");
        assertThat(classifiers(managed, "javacpp", "${javacpp.version}")).containsAll(openBlas);
    }

    private static List<String> classifiers(List<Element> managed, String artifactId, String version) {
        return managed.stream()
                .filter(dependency -> text(dependency, "artifactId").equals(artifactId)
                        && text(dependency, "version").equals(version))
                .map(dependency -> text(dependency, "classifier"))
                .toList();
    }

    private static List<Declared> dependenciesOf(Module module) throws Exception {
        Element dependencies = child(pom(module.folder().resolve("pom.xml")), "dependencies");
        return children(dependencies, "dependency").stream()
                .map(dependency -> new Declared(
                        text(dependency, "groupId"),
                        text(dependency, "artifactId"),
                        text(dependency, "version"),
                        text(dependency, "scope")))
                .toList();
    }

    private static Element pom(Path pom) throws ParserConfigurationException, IOException, SAXException {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(pom.toFile())
                .getDocumentElement();
    }

    private static String text(Element parent, String name) {
        List<Element> found = children(parent, name);
        return found.isEmpty() ? "" : found.get(0).getTextContent().trim();
    }

    private static Element child(Element parent, String name) {
        return children(parent, name).get(0);
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element
                    && (name.equals("*") || element.getTagName().equals(name))) {
                found.add(element);
            }
        }
        return found;
    }
}
