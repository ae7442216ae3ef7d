throw new Error('cannot be set up');
