/**
 * Values that change in the course of training, by ND4J's own {@link org.nd4j.linalg.schedule.ISchedule}: what its schedules
 * lack. {@link mtl.train.TrainingPlan} has a method for each.
 */
package mtl.schedule;
