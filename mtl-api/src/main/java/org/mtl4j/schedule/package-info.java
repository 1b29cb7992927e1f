/**
 * Values that change in the course of training, by ND4J's own {@link org.nd4j.linalg.schedule.ISchedule}: what its
 * schedules lack. {@link org.mtl4j.train.TrainingPlan} has a method for each.
 */
@NullMarked
package org.mtl4j.schedule;

import org.jspecify.annotations.NullMarked;
