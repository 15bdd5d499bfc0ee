"""Coverage-guided fuzzing of all that is read from files and from the line.

``targets/`` holds one small module for each reader: ``seeds()`` makes real contents with the code
itself, ``check(content)`` reads one and fails where it is neither refused with a sentence nor equal
after it was written and read again. ``child`` runs one of them under atheris in a process of its
own, ``hunt`` starts that process and reads what it found.
"""
