package org.mtl4j.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.blas.Lapack;
import org.nd4j.linalg.api.blas.Level1;
import org.nd4j.linalg.api.blas.Level2;
import org.nd4j.linalg.api.blas.Level3;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.memory.MemoryManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BroadcastOp;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.BlasWrapper;
import org.nd4j.linalg.factory.Broadcast;
import org.nd4j.linalg.factory.NDArrayFactory;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossUtil;

/**
 * Operations of ND4J 1.0.0-M2.1 that do not keep what they work on until the native call has returned, so that garbage
 * collected by another thread ends the JVM. docs/native-memory.md says how the list came about.
 */
final class NativeMemory {
    /** The classes that may use them, because they keep what is worked on. */
    private static final List<String> KEEPERS = List.of(
            "org.mtl4j.internal.data.Rows",
            "org.mtl4j.dl4j.internal.cpu.SafeBroadcast",
            "org.mtl4j.dl4j.internal.cpu.HostMemory",
            "org.mtl4j.dl4j.internal.cpu.MatrixValues");

    /** Methods, as regular expressions, by the type that has them. */
    private static final Map<Class<?>, String> UNSAFE = Map.of(
            INDArray.class, "(add|sub|mul|div|rsub|rdiv|put)i?(Row|Column)Vector",
            Nd4j.class,
                    "pullRows|specialConcat|tear|shuffle|accumulate|average.*|sort.*|getBlasWrapper|toNpyByteArray"
                            + "|convertToNumpy|scatterUpdate",
            NDArrayFactory.class, "pullRows|tear|shuffle|accumulate|average|sort.*|convertToNumpy",
            LossUtil.class, "applyMask",
            Broadcast.class, ".*",
            DataBuffer.class, "addressPointer|pointer|address|asNio.*|indexer",
            MemoryManager.class, "memcpy|memset");

    /** Types whose methods all take addresses of memory. */
    private static final List<Class<?>> ADDRESSES =
            List.of(BlasWrapper.class, Level1.class, Level2.class, Level3.class, Lapack.class);

    static final ArchRule NO_NATIVE_CALL_ON_MEMORY_THAT_MAY_BE_GONE = noClasses()
            .that(new DescribedPredicate<JavaClass>("are none of %s", KEEPERS) {
                @Override
                public boolean test(JavaClass type) {
                    return !KEEPERS.contains(type.getName());
                }
            })
            .should()
            .accessTargetWhere(unsafe())
            .because("ND4J frees what nothing refers to under such a call (docs/native-memory.md); use Rows.copy for "
                    + "pullRows, SafeBroadcast for rows, columns and BroadcastOp, INDArray.muli(mask) for "
                    + "LossUtil.applyMask, Nd4j.gemm for BLAS, HostMemory for addresses");

    private NativeMemory() {}

    private static DescribedPredicate<JavaAccess<?>> unsafe() {
        return new DescribedPredicate<>("an operation that does not keep what it works on") {
            @Override
            public boolean test(JavaAccess<?> access) {
                AccessTarget target = access.getTarget();
                JavaClass owner = target.getOwner();
                return UNSAFE.entrySet().stream()
                                .anyMatch(unsafe -> owner.isAssignableTo(unsafe.getKey())
                                        && target.getName().matches(unsafe.getValue()))
                        || ADDRESSES.stream().anyMatch(owner::isAssignableTo)
                        || owner.isAssignableTo(OpExecutioner.class)
                                && target.getName().startsWith("exec")
                                && target instanceof AccessTarget.CodeUnitCallTarget call
                                && call.getRawParameterTypes().stream()
                                        .anyMatch(type -> type.isAssignableTo(BroadcastOp.class));
            }
        };
    }
}
