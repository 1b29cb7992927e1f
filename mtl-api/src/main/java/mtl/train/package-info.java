/**
 * Training: how a network is optimised ({@link mtl.train.TrainingPlan}), the trained model ({@link
 * mtl.train.MultiTaskModel}), what a run reports ({@link mtl.train.ProgressListener}, {@link mtl.train.TrainingHistory}).
 *
 * <p>Features and labels are ND4J arrays in a {@code MultiDataSet}: one features array {@code [batch, ...]} of the
 * network's input shape, and one labels array {@code [batch, outputs]} per task in the order of {@link
 * mtl.network.MultiTaskNetwork#tasks()}, with an optional mask {@code [batch, 1]} per task that is 1 where the example has
 * a label. Arguments and results are never null.
 */
package mtl.train;
