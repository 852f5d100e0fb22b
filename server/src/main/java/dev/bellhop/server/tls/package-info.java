// SPDX-License-Identifier: Apache-2.0
/** The server's certificate and its key, in PEM files that can change. */
@NullMarked
package dev.bellhop.server.tls;

import org.jspecify.annotations.NullMarked;
