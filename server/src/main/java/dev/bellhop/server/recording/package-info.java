// SPDX-License-Identifier: Apache-2.0
/**
 * Recordings of terminals: what was printed, and when, in asciicast v3. {@link dev.bellhop.server.recording.Recordings} makes them,
 * {@link dev.bellhop.server.recording.RecordingStore} keeps them, {@link dev.bellhop.server.recording.MaskedLines} masks what of them
 * is read.
 */
@NullMarked
package dev.bellhop.server.recording;

import org.jspecify.annotations.NullMarked;
