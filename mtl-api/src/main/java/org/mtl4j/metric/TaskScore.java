package org.mtl4j.metric;

import java.io.Serializable;

/** How well a model does one task; which of the three it is follows from the kind of the task. */
public sealed interface TaskScore extends Serializable permits ClassificationScore, MultiLabelScore, RegressionScore {}
