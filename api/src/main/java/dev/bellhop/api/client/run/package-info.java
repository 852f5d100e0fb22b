// SPDX-License-Identifier: Apache-2.0
/** Options and results of commands that the client runs to their end. */
@NullMarked
package dev.bellhop.api.client.run;

import org.jspecify.annotations.NullMarked;
