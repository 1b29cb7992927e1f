package org.mtl4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
        assertThat(children(modules, "module"))
                .extracting(Element::getTextContent)
                .containsExactly(
                        Arrays.stream(Module.values()).map(Module::artifactId).toArray(String[]::new));
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
            if (node instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }
}
