package org.mtl4j.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.ReturnTree;
import com.sun.source.doctree.TextTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Documentation of methods that others call begins with a verb, as in "Reads …", or with {@code {@return …}}: what the
 * method does, not what it is. Whether a word that ends in s is a verb no rule can tell, so that the nouns that came up
 * are listed.
 */
class ProseTest {
    /** A verb in the third person, alone or as the first of several. */
    private static final Pattern VERB = Pattern.compile("[A-Z][a-z]+s\\b(?! of\\b).*", Pattern.DOTALL);

    /** Words in s that are no verbs. */
    private static final ImmutableSet<String> NO_VERBS =
            ImmutableSet.of("This", "Its", "Always", "Plus", "Less", "Across", "Perhaps", "Whereas", "Losses", "Thus");

    /** Sentences that a reader has to decode, as this project once had them. */
    private static final Pattern RIDDLES =
            Pattern.compile("lies? as (it|they) lies?|as it stands there", Pattern.CASE_INSENSITIVE);

    @ParameterizedTest
    @EnumSource(Module.class)
    void documentation_of_methods_begins_with_a_verb(Module module) throws IOException {
        assertThat(violations(Sources.javaIn(Sources.mainOf(module)))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Module.class)
    void no_comment_is_a_riddle(Module module) throws IOException {
        List<String> riddles = new ArrayList<>();
        for (Path file : Sources.javaIn(Sources.mainOf(module))) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (RIDDLES.matcher(lines.get(i)).find()) {
                    riddles.add(Sources.place(file, i + 1) + " " + lines.get(i).strip());
                }
            }
        }
        assertThat(riddles).isEmpty();
    }

    @Test
    void what_counts_as_a_verb() {
        assertThat(Stream.of("Reads a file.", "Returns", "Says that there is one.", "Writes, then reads."))
                .allMatch(ProseTest::beginsWithVerb);
        assertThat(Stream.of("The file.", "Names of the tasks.", "This is read.", "A copy.", "reads", "Read a file."))
                .noneMatch(ProseTest::beginsWithVerb);
    }

    private static boolean beginsWithVerb(String sentence) {
        return VERB.matcher(sentence).matches() && !NO_VERBS.contains(sentence.split("\\W", 2)[0]);
    }

    /** File, line, method and beginning of each documentation that does not begin with a verb. */
    private static List<String> violations(List<Path> files) throws IOException {
        List<String> found = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null,
                    manager,
                    diagnostic -> {},
                    List.of("-proc:none"),
                    null,
                    manager.getJavaFileObjectsFromPaths(files));
            DocTrees trees = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                new Methods(trees, unit, found).scan(unit, null);
            }
        }
        return found;
    }

    /** Goes through the methods of a file that classes elsewhere can call. */
    private static final class Methods extends TreePathScanner<Void, Void> {
        private static final Set<Modifier> OPEN = EnumSet.of(Modifier.PUBLIC, Modifier.PROTECTED);

        private final DocTrees trees;
        private final CompilationUnitTree unit;
        private final List<String> found;

        Methods(DocTrees trees, CompilationUnitTree unit, List<String> found) {
            this.trees = trees;
            this.unit = unit;
            this.found = found;
        }

        @Override
        public Void visitMethod(MethodTree method, Void nothing) {
            DocCommentTree comment = trees.getDocCommentTree(getCurrentPath());
            if (comment != null && isOpen(method) && !beginsWell(comment, method)) {
                long position = trees.getSourcePositions().getStartPosition(unit, method);
                found.add("%s %s: %s"
                        .formatted(
                                Sources.place(
                                        Path.of(unit.getSourceFile().toUri()),
                                        unit.getLineMap().getLineNumber(position)),
                                method.getName(),
                                comment.getFirstSentence()));
            }
            return super.visitMethod(method, nothing);
        }

        private boolean isOpen(MethodTree method) {
            TreePath parent = getCurrentPath().getParentPath();
            boolean ofInterface = parent.getLeaf() instanceof ClassTree type
                    && (type.getKind() == Tree.Kind.INTERFACE || type.getKind() == Tree.Kind.ANNOTATION_TYPE);
            return ofInterface || method.getModifiers().getFlags().stream().anyMatch(OPEN::contains);
        }

        private static boolean beginsWell(DocCommentTree comment, MethodTree method) {
            List<? extends DocTree> sentence = comment.getFirstSentence();
            if (sentence.isEmpty()) { // a constructor of a record may say only what it refuses
                return method.getReturnType() == null;
            }
            DocTree first = sentence.get(0);
            return first instanceof ReturnTree || first instanceof TextTree text && beginsWithVerb(text.getBody());
        }
    }
}
