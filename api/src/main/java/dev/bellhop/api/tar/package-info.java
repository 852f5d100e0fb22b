// SPDX-License-Identifier: Apache-2.0
/** Trees of files as tars, of which neither a guest's nor a caller's is believed. */
@NullMarked
package dev.bellhop.api.tar;

import org.jspecify.annotations.NullMarked;
