/**
 * What a model is, apart from what is done with it; not for users of the library. Start at
 * {@link org.mtl4j.dl4j.internal.model.ModelState}: description, plan, graph, history, properties and a running average
 * of the parameters. Uses {@code internal.assembly} and {@code internal.graph}.
 */
package org.mtl4j.dl4j.internal.model;
