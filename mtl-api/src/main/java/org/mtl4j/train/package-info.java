/**
 * Training: how a network is optimised ({@link org.mtl4j.train.TrainingPlan}), the trained model
 * ({@link org.mtl4j.train.MultiTaskModel}), what a run reports ({@link org.mtl4j.train.ProgressListener},
 * {@link org.mtl4j.train.history.TrainingHistory}).
 *
 * <p>Features and labels are ND4J arrays in a {@code MultiDataSet}: one features array {@code [batch, ...]} per input,
 * of its shape, in the order of {@link org.mtl4j.network.MultiTaskNetwork#inputs()}, and one labels array
 * {@code [batch, outputs]} per task in the order of {@link org.mtl4j.network.MultiTaskNetwork#tasks()}, with an
 * optional mask per task, {@code [batch, 1]} or, unless it is one class of several, {@code [batch, outputs]}, that is 1
 * where there is a label and 0 where there is none; what stands in the place of a missing label does not matter. Null
 * in the place of a labels array means that no example of the batch has that task's label. Losses and gradients are
 * means over the examples that have a label. Other arguments and results are never null.
 *
 * <p>Of sequences, the features of each input may have a mask {@code [batch, steps]} that is 1 where there is a step
 * and 0 where there is none; what stands at such a step does not matter. Masks are of any type and no weights. The
 * values of labels are those of the {@linkplain org.mtl4j.task.TaskKind kind} of the task and of its loss
 * ({@link org.mtl4j.task.Task#withLoss}). All of this is looked at in training, validation and measuring alike, and
 * refused with the input or task and the row.
 *
 * <p>What decides in the course of a run, {@link org.mtl4j.train.stopping.TaskStopping},
 * {@link org.mtl4j.train.stopping.EarlyStopping} and {@link org.mtl4j.balance.LossWeighting}, sees the epochs so far
 * and nothing else, so that a run that is cut off and taken up again ({@link org.mtl4j.train.Checkpoints}) decides the
 * same.
 */
@NullMarked
package org.mtl4j.train;

import org.jspecify.annotations.NullMarked;
