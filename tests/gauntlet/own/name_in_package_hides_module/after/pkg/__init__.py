from pkg import part as _part
