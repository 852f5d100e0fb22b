// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.audit;

import java.util.List;

/**
 * What came of checking an audit trail.
 *
 * @param records how many were checked
 * @param filtered whether it was a part, of which it cannot be told whether it is complete
 * @param anchor after which it begins
 * @param head its last record; the anchor where there is none
 * @param findings what is wrong with it and where, in order; the first of them where there are many
 * @param moreFindings how many there were beyond those
 */
public record AuditReport(
        long records, boolean filtered, AuditMark anchor, AuditMark head, List<Finding> findings, long moreFindings) {

    public AuditReport {
        findings = List.copyOf(findings);
    }

    /**
     * One thing that is wrong.
     *
     * @param seq number of the record where it is, of the first one where several are missing; 0 for what stands before all
     *     records
     */
    public record Finding(long seq, String what) {}

    /** Whether nothing is wrong. */
    public boolean intact() {
        return findings.isEmpty();
    }
}
