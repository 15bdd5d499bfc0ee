// The table of keys, as the Keyboard entry of the menu shows it.

interface KeyGroup {
  where: string;
  keys: readonly (readonly [keys: string, does: string])[];
}

export const KEYS: readonly KeyGroup[] = [
  {
    where: "Everywhere",
    keys: [
      ["Ctrl+Z", "undo the last step, also of other panels"],
      ["Ctrl+Y, Ctrl+Shift+Z", "redo"],
      ["Enter", "commit what was typed"],
      ["Escape", "bring the last good value back"],
    ],
  },
  {
    where: "Session name",
    keys: [["Enter, F2", "rename"]],
  },
  {
    where: "Space",
    keys: [
      ["Up, Down", "previous, next variable"],
      ["Enter, F2", "open the editor"],
      ["Alt+Up, Alt+Down", "reorder"],
      ["Delete", "remove the variable"],
      ["Backspace in chips", "select the last chip, again removes it"],
    ],
  },
  {
    where: "Experiments",
    keys: [
      ["Arrows, Home, End", "move; Shift extends the selection"],
      ["Enter, F2 or typing", "edit the cell"],
      ["Delete", "clear the cell; on a row head exclude or delete"],
      ["Ctrl+C, Ctrl+X, Ctrl+V", "blocks, from and to spreadsheets"],
      ["Ctrl+D, Ctrl+A, Ctrl+F", "fill down, all, find"],
    ],
  },
  {
    where: "Suggest",
    keys: [
      ["Ctrl+Enter", "suggest"],
      ["Up, Down", "previous, next card"],
      ["a, e, Delete", "accept, edit, dismiss the card"],
    ],
  },
];
