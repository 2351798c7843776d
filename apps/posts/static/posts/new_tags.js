/* Tags that do not exist yet: what is typed can be chosen, and is made when the post is saved. */
'use strict';
{
  const $ = django.jQuery;
  const NEW = 'new:';

  // Of selects with data-tags alone: select2 asks for it where it offers what is typed.
  $.fn.select2.defaults.set('createTag', function ({term}) {
    const name = term.trim().replace(/\s+/g, ' ');
    return name && {id: NEW + name, text: name, label: this.$element.data('newTag').replace('%s', name)};
  });
  $.fn.select2.defaults.set('templateResult', (choice) => choice.label || choice.text);
}
