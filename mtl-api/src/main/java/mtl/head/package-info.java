/**
 * Split heads: the tasks at the end of a tower, each with a branch of its own. Start at {@link mtl.head.SplitHead}.
 *
 * <p>Immutable descriptions. Arguments and results are never null.
 */
package mtl.head;
