// SPDX-License-Identifier: Apache-2.0
/** What the server shows clients that it is the one they mean: a certificate and its key, in PEM files that may change. */
@NullMarked
package dev.bellhop.server.tls;

import org.jspecify.annotations.NullMarked;
