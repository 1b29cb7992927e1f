package org.mtl4j.dl4j.internal.cpu;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks tests of products, gradients and golden values. The build runs them under each set of OpenBLAS's kernels that
 * the processor can execute, besides running them with all others; {@code .ci/kernels --short} runs them alone.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("kernels")
@ExtendWith(KernelsInUse.class)
public @interface Kernels {}
