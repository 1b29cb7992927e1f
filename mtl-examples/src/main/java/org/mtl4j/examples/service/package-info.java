/**
 * A service that answers what is in pictures of faces, with the JDK's own HTTP server and nothing else: start at
 * {@link org.mtl4j.examples.service.FaceService}.
 */
@NullMarked
package org.mtl4j.examples.service;

import org.jspecify.annotations.NullMarked;
