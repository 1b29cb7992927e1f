package org.mtl4j.metric;

/** How well a model does one task; which of the three it is follows from the kind of the task. */
public sealed interface TaskScore permits ClassificationScore, MultiLabelScore, RegressionScore {}
