package org.mtl4j.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastMulOp;
import org.nd4j.linalg.factory.Broadcast;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossUtil;

@AnalyzeClasses(packages = "org.mtl4j", importOptions = DoNotIncludeTests.class)
class NativeMemoryTest {
    @ArchTest
    static final ArchRule no_native_call_on_memory_that_may_be_gone =
            NativeMemory.NO_NATIVE_CALL_ON_MEMORY_THAT_MAY_BE_GONE;

    /** What was in ArrayBatches and in losses with weights, and its kind; nobody calls it. */
    private static final class Offences {
        static INDArray rows(INDArray array, int... rows) {
            return Nd4j.pullRows(array.reshape('c', array.size(0), array.length() / array.size(0)), 1, rows, 'c');
        }

        static INDArray weighted(INDArray scores, INDArray weights) {
            return scores.muliRowVector(weights.castTo(scores.dataType()));
        }

        static void masked(INDArray scores, INDArray mask) {
            LossUtil.applyMask(scores, mask);
        }

        static INDArray operation(INDArray x, INDArray y) {
            return Nd4j.getExecutioner().exec(new BroadcastMulOp(x, y, x, 1));
        }

        static INDArray broadcast(INDArray x, INDArray y) {
            return Broadcast.add(x, y, x, 1);
        }

        static double dot(INDArray x, INDArray y) {
            return Nd4j.getBlasWrapper().dot(x, y);
        }

        static long address(INDArray x) {
            return x.data().address();
        }
    }

    @Test
    void a_planted_offence_is_refused_with_the_way_out() {
        var offences = new ClassFileImporter().importClasses(Offences.class);
        assertThatThrownBy(() -> no_native_call_on_memory_that_may_be_gone.check(offences))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("use Rows.copy for pullRows, SafeBroadcast for rows, columns and BroadcastOp")
                .satisfies(error -> assertThat(Offences.class.getDeclaredMethods())
                        .filteredOn(method -> !method.isSynthetic()) // the measuring of coverage adds one
                        .hasSize(7)
                        .allSatisfy(method ->
                                assertThat(error).hasMessageContaining("Offences." + method.getName() + "(")));
    }
}
