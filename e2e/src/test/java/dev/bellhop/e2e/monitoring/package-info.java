// SPDX-License-Identifier: Apache-2.0
/** A real Prometheus, and the alert rules and dashboards. */
@NullMarked
package dev.bellhop.e2e.monitoring;

import org.jspecify.annotations.NullMarked;
