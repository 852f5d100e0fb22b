// SPDX-License-Identifier: Apache-2.0
/** The description of the API that the server publishes. */
@NullMarked
package dev.bellhop.server.http.document;

import org.jspecify.annotations.NullMarked;
