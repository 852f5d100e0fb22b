// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.audit;

import dev.bellhop.api.audit.AuditReport.Finding;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks an audit trail, record by record. Each has to have the number after the one before it, name that one's hash, and
 * have the hash of what is in it. So what was changed, removed, put in or moved shows where it was. What is missing at the
 * end shows by the head that is stored, and by one that is known from elsewhere; at the beginning by the anchor, which the
 * chain itself has to name where records were removed. Goes on after a finding, to find what else there is.
 *
 * <p>For one thread.
 */
public final class AuditVerifier {

    private static final int MAX_FINDINGS = 100;

    private final AuditMark anchor;
    private final boolean filtered;
    private final @Nullable KnownHead known;
    private final List<Finding> findings = new ArrayList<>();
    private long moreFindings;
    private long records;
    private AuditMark last;
    private @Nullable String sealedAnchor;
    private boolean knownSeen;

    private AuditVerifier(AuditMark anchor, boolean filtered, @Nullable KnownHead known) {
        this.anchor = anchor;
        this.filtered = filtered;
        this.known = known;
        this.last = anchor;
        // A hash alone does not do: nothing but the trail itself says that the anchor ever was a record.
        this.knownSeen = known != null
                && known.seq() != null
                && anchor.seq() > 0
                && anchor.equals(new AuditMark(known.seq(), known.hash()));
    }

    /**
     * Of a whole trail.
     *
     * @param anchor the record before the first one; {@link AuditMark#START} where none was ever removed
     */
    public static AuditVerifier whole(AuditMark anchor, @Nullable KnownHead known) {
        return new AuditVerifier(anchor, false, known);
    }

    /** Of some records of a trail, each of which is checked by itself. */
    public static AuditVerifier some() {
        return new AuditVerifier(AuditMark.START, true, null);
    }

    /** Checks the next record. */
    public void accept(AuditRecord record) {
        records++;
        long expected = last.seq() + 1;
        if (record.seq() < expected) {
            find(record.seq(), "record " + record.seq() + " stands after record " + last.seq());
        } else if (record.seq() > expected && !filtered) {
            find(expected, missing(expected, record.seq() - 1));
        } else if (record.seq() == expected
                && records > (filtered ? 1 : 0)
                && !record.previous().equals(last.hash())) {
            find(
                    record.seq(),
                    "record " + record.seq() + " does not follow from "
                            + (records == 1 ? "the anchor" : "record " + last.seq() + " as it is now"));
        }
        if (!record.hash().equals(record.computedHash())) {
            find(record.seq(), "record " + record.seq() + " was changed");
        }
        look(record);
        if (record.action().equals(AuditRecord.PRUNE)) {
            sealedAnchor = record.subject();
        }
        last = record.mark();
    }

    private void look(AuditRecord record) {
        if (known == null) {
            return;
        }
        if (record.hash().equals(known.hash())) {
            knownSeen = true;
        } else if (known.seq() != null && known.seq() == record.seq()) {
            knownSeen = true; // In its place, which is told now.
            find(record.seq(), "record " + record.seq() + " is another one than the head that is known");
        }
    }

    /** Something stands where a record is expected and is none. */
    void unreadable(String what) {
        find(last.seq() + 1, what);
    }

    /** Says what is wrong at a place. */
    void find(long seq, String what) {
        if (findings.size() < MAX_FINDINGS) {
            findings.add(new Finding(seq, what));
        } else {
            moreFindings++;
        }
    }

    /** The last record so far. */
    AuditMark last() {
        return last;
    }

    long records() {
        return records;
    }

    /**
     * Ends the check.
     *
     * @param head the last record, as the trail says of itself; absent where it does not
     */
    public AuditReport end(@Nullable AuditMark head) {
        if (!filtered) {
            checkHead(head);
            checkAnchor();
            checkKnown();
        }
        return new AuditReport(records, filtered, anchor, last, findings, moreFindings);
    }

    private void checkHead(@Nullable AuditMark head) {
        if (head == null) {
            find(last.seq() + 1, "the trail does not say where it ends");
        } else if (head.seq() > last.seq()) {
            find(last.seq() + 1, missing(last.seq() + 1, head.seq()));
        } else if (head.seq() < last.seq()) {
            find(head.seq() + 1, "record " + (head.seq() + 1) + " stands after the end of the trail");
        } else if (!head.hash().equals(last.hash())) {
            find(last.seq(), "record " + last.seq() + " is not the one that the trail ends with");
        }
    }

    private void checkAnchor() {
        if (anchor.seq() == 0 && !anchor.equals(AuditMark.START)) {
            find(1, "the trail says that it begins with its first record, and after another one than none");
        }
        if (anchor.seq() > 0 && !anchor.text().equals(sealedAnchor)) {
            find(
                    anchor.seq(),
                    "no record of the trail says that the records up to " + anchor.seq()
                            + " were removed for their age");
        }
    }

    private void checkKnown() {
        if (known == null || knownSeen) {
            return;
        }
        if (known.seq() != null && known.seq() > last.seq()) {
            find(last.seq() + 1, missing(last.seq() + 1, known.seq()) + ", as the head that is known tells");
        } else if (known.seq() != null && known.seq() < anchor.seq()) {
            find(known.seq(), "record " + known.seq() + ", the head that is known, is older than what is kept");
        } else {
            find(
                    last.seq() + 1,
                    "no record is the head that is known: those after " + last.seq()
                            + " are missing, or the trail was built anew");
        }
    }

    private static String missing(long first, long last) {
        return first == last ? "record " + first + " is missing" : "records " + first + " to " + last + " are missing";
    }
}
