from pkg import part as _part

part = 'text'
