-- The vmids of VMs that a hypervisor knows by UUIDs alone, as libvirt does: a VM has the same number on each node, also after it has
-- moved. A number is never given twice.
CREATE TABLE vm_numbers (
    uuid uuid   PRIMARY KEY,
    vmid bigint NOT NULL UNIQUE
);
